import Testing

@testable import Runtimes

@Suite struct EngineSubnetTests {
    @Test(arguments: [
        ("172.18.0.0/16", ["172.18.255.254", "172.18.255.253", "172.18.255.252"], 32_767),
        ("172.18.7.9/16", ["172.18.255.254", "172.18.255.253", "172.18.255.252"], 32_767),
        ("192.168.5.0/24", ["192.168.5.254", "192.168.5.253", "192.168.5.252"], 127),
        ("10.0.0.8/29", ["10.0.0.14", "10.0.0.13", "10.0.0.12"], 3),
        ("192.168.4.0/23", ["192.168.5.254", "192.168.5.253", "192.168.5.252"], 255),
        ("255.255.255.248/29", ["255.255.255.254", "255.255.255.253", "255.255.255.252"], 3),
    ])
    func addressesComeFromAboveAndLeaveTheLowerHalf(text: String, first: [String], count: Int) throws {
        let subnet = try #require(EngineSubnet(text))
        let addresses = Array(subnet.fromAbove())
        #expect(Array(addresses.prefix(3)) == first)
        #expect(addresses.count == count && Set(addresses).count == count)
        #expect(addresses.allSatisfy(subnet.contains))
    }

    @Test func theLargestRangeIsNotCountedOut() throws {
        let subnet = try #require(EngineSubnet("10.0.0.0/8"))
        #expect(Array(subnet.fromAbove().prefix(2)) == ["10.255.255.254", "10.255.255.253"])
        #expect(subnet.contains("10.1.2.3") && !subnet.contains("11.0.0.0") && !subnet.contains("9.255.255.255"))
    }

    @Test(arguments: [
        "", "/", "/16", "10.0.0.0", "10.0.0.0/", "10.0.0.0/7", "10.0.0.0/30", "10.0.0.0/32", "10.0.0.0/0",
        "10.0.0.0/-8", "10.0.0.0/x", "10.0.0.0/99999999999999999999", "10.0.0/16", "10.0.0.0.0/16", "10.0.0.256/16",
        "10..0.0/16", "a.b.c.d/16", "fd00::/64", "10.0.0.0/16/16", " 10.0.0.0/16", "10.0.0.0 /16",
    ])
    func whatIsNoRangeWithRoomIsNone(text: String) {
        #expect(EngineSubnet(text) == nil)
    }

    @Test(arguments: ["", "10.0.0", "10.0.0.300", "x", "::1", "10.0.0.1.2", "10.0.0.1/24"])
    func whatIsNoAddressIsInNone(text: String) throws {
        #expect(try !#require(EngineSubnet("10.0.0.0/24")).contains(text))
    }

    @Test func anEdgeIsInside() throws {
        let subnet = try #require(EngineSubnet("172.20.16.0/20"))
        for inside in ["172.20.16.0", "172.20.31.255", "172.20.20.20"] { #expect(subnet.contains(inside)) }
        for outside in ["172.20.15.255", "172.20.32.0", "0.0.0.0", "255.255.255.255"] {
            #expect(!subnet.contains(outside))
        }
    }

    @Test func rangesAreTheSameWhateverAddressNamesThem() {
        #expect(EngineSubnet("172.18.0.0/16") == EngineSubnet("172.18.0.1/16"))
        #expect(EngineSubnet("172.18.0.0/16") != EngineSubnet("172.18.0.0/17"))
    }
}

@Suite struct HostAddressesTests {
    static let shown = """
        1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
        2: eth0    inet 192.0.2.7/24 brd 192.0.2.255 scope global dynamic eth0\\       valid_lft 3000sec
        5: br-0a1b2c    inet 172.18.0.1/16 brd 172.18.255.255 scope global br-0a1b2c\\       valid_lft forever
        5: br-0a1b2c    inet 172.18.255.254/32 scope global br-0a1b2c\\       valid_lft forever
        9: veth1@if8    inet 10.9.0.1/24 scope global veth1\\       valid_lft forever
        """

    @Test func interfacesAreFoundByTheirAddresses() {
        let addresses = HostAddresses(Self.shown)
        #expect(addresses.interface(at: "127.0.0.1") == "lo")
        #expect(addresses.interface(at: "172.18.0.1") == "br-0a1b2c")
        #expect(addresses.interface(at: "172.18.255.254") == "br-0a1b2c")
        #expect(addresses.interface(at: "10.9.0.1") == "veth1")
        #expect(addresses.interface(at: "172.18.0.2") == nil)
        #expect(addresses.interface(at: "") == nil)
        #expect(addresses.addresses(of: "br-0a1b2c") == ["172.18.0.1", "172.18.255.254"])
        #expect(addresses.addresses(of: "none").isEmpty)
    }

    @Test(arguments: ["", "\n\n", "rubbish", "1: lo", "1: lo inet", "1: lo inet6 ::1/128 scope host", "1: lo inet /"])
    func rubbishHasNone(text: String) {
        let addresses = HostAddresses(text)
        #expect(addresses.addresses(of: "lo").isEmpty)
        #expect(addresses.interface(at: "127.0.0.1") == nil)
    }
}
