import Protocols
import Testing

@Suite struct BoltObserverTests {
    @Test(arguments: boltDialogues)
    func answersAreToldWhateverTheCut(_ dialogue: BoltDialogue) {
        let observer = BoltObserver(after: [dialogue.bytes])
        #expect(observer.handshake == dialogue.handshake)
        #expect(observer.successes == dialogue.successes)
        #expect(observer.failures == dialogue.failures)
        #expect(observer.serverFaults == dialogue.faults)
        #expect(observer.lastFailure == dialogue.last)
        #expect(BoltObserver.differs(on: dialogue.bytes) == nil)
    }
}
