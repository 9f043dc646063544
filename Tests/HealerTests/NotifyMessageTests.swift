import Healing
import Stack
import Testing

@testable import Healer

@Suite struct NotifyMessageTests {
    static let redis = InstanceID("redis", 1)

    @Test func readsEveryLineItKnows() {
        let text = "READY=1\nSTATUS=Ready to accept connections\nX_OWN=2\nWATCHDOG=1\nEXTEND_TIMEOUT_USEC=5000000\n"
        #expect(
            NotifyMessage.events(text, instance: Self.redis, run: 3) == [
                .ready(Self.redis, run: 3), .statusText(Self.redis, run: 3, "Ready to accept connections"),
                .heartbeat(Self.redis, run: 3), .extendTimeout(Self.redis, run: 3, by: .seconds(5)),
            ])
    }

    @Test(arguments: [
        "", "READY", "READY=0", "=", "EXTEND_TIMEOUT_USEC=-1", "EXTEND_TIMEOUT_USEC=99999999999999999999", "\n\n",
    ])
    func passesOverWhatMeansNothing(text: String) {
        #expect(NotifyMessage.events(text, instance: Self.redis, run: 1).isEmpty)
    }
}
