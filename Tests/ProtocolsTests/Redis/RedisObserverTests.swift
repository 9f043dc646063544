import Protocols
import Testing

@Suite struct RedisObserverTests {
    @Test(arguments: redisDialogues)
    func repliesAreToldWhateverTheCut(_ dialogue: RedisDialogue) {
        let observer = RedisObserver(after: [dialogue.bytes])
        #expect(observer.replies == dialogue.replies)
        #expect(observer.errors == dialogue.errors)
        #expect(observer.serverFaults == dialogue.faults)
        #expect(observer.lastError == dialogue.last)
        #expect(observer.isOpaque == dialogue.isOpaque)
        #expect(RedisObserver.differs(on: dialogue.bytes) == nil)
    }

    @Test func answerIsOneThatTheObserverUnderstands() {
        var buffer = [UInt8](repeating: 0, count: 128)
        let length = buffer.withUnsafeMutableBytes { RedisAnswer.loading(retryAfterSeconds: 3, into: $0) } ?? 0
        let answer = Array(buffer.prefix(length))
        #expect(answer == bytes("-LOADING the server is being restarted; try again in 3 s\r\n"))
        #expect(RedisObserver(after: [answer]).lastError == .loading)
        var short = [UInt8](repeating: 0, count: length - 1)
        #expect(short.withUnsafeMutableBytes { RedisAnswer.loading(retryAfterSeconds: 3, into: $0) } == nil)
    }
}
