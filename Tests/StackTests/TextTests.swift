import Stack
import Testing

@Suite struct ByteSizeTests {
    @Test(arguments: [
        ("1024", Int64(1_024)), ("512m", 536_870_912), ("1.5gb", 1_610_612_736), ("64KiB", 65_536), ("10b", 10),
        ("2 g", 2_147_483_648),
    ])
    func reads(text: String, bytes: Int64) {
        #expect(ByteSize.parse(text) == bytes)
    }

    @Test(arguments: ["", "m", "-1m", "1x", "99999999999999999999g"])
    func refuses(text: String) {
        #expect(ByteSize.parse(text) == nil)
    }

    @Test func writes() {
        #expect(ByteSize.format(900) == "900 B")
        #expect(ByteSize.format(536_870_912) == "512 MiB")
        #expect(ByteSize.format(1_610_612_736) == "1.5 GiB")
    }
}

@Suite struct SignalNamesTests {
    @Test(arguments: [
        ("SIGTERM", Int32(15)), ("int", 2), ("9", 9), ("SIGRTMIN", 34), ("RTMIN+3", 37), ("SIGRTMAX-1", 63),
    ])
    func reads(text: String, number: Int32) {
        #expect(SignalNames.number(text) == number)
    }

    @Test(arguments: ["", "SIGNO", "0", "65", "RTMIN+x", "RTMIN+99"])
    func refuses(text: String) {
        #expect(SignalNames.number(text) == nil)
    }

    @Test func writes() {
        #expect(SignalNames.name(9) == "SIGKILL")
        #expect(SignalNames.name(40) == "signal 40")
    }
}
