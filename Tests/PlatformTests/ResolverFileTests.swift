import Testing

@testable import Platform

@Suite struct ResolverFileTests {
    private func choice(_ own: String?, _ upstream: String? = nil) -> ResolverFile.Choice {
        ResolverFile.choice { ["/etc/resolv.conf": own, "/run/systemd/resolve/resolv.conf": upstream][$0] ?? nil }
    }

    @Test func aServerElsewhereIsReachedFromAnywhere() {
        #expect(choice("search lan\nnameserver 10.0.0.1\n") == .own)
        #expect(choice("nameserver 127.0.0.1\nnameserver 2001:db8::1\n") == .own)
    }

    @Test func whoAsksTheLoopbackAsksWhomThatAsks() {
        let upstream = ResolverFile.Choice.other("/run/systemd/resolve/resolv.conf")
        #expect(choice("nameserver 127.0.0.53\noptions edns0\n", "nameserver 10.0.0.1\n") == upstream)
        #expect(choice("nameserver ::1\n", "nameserver 127.0.0.1\nnameserver 10.0.0.1\n") == upstream)
    }

    @Test func withoutSuchAFileThereIsNone() {
        #expect(choice("nameserver 127.0.0.53\n") == .none)
        #expect(choice("nameserver 127.0.0.53\n", "nameserver 127.0.0.1\n") == .none)
    }

    @Test func whereNoServerIsNamedNobodyIsMissed() {
        #expect(choice(nil) == .own)
        #expect(choice("") == .own)
        #expect(choice("# nameserver 127.0.0.1\nnameserver\n") == .own)
    }
}
