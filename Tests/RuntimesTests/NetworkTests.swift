import Testing

@testable import Runtimes

@Suite struct NetworkTests {
    /// The head of /proc/net/route, and lines of it: interface, destination, gateway, four numbers, mask.
    private func routes(_ lines: String...) -> HostRoutes {
        HostRoutes(
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
                + lines.map { $0 + "\t0\t0\t0\n" }.joined())
    }

    @Test func aSubnetIsOneThatNoRouteLeadsTo() {
        let open = routes("eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000")
        #expect(Subnet.free(open, besides: [], seed: 0)?.text == "10.210.0.0/24")
        #expect(Subnet.free(open, besides: [], seed: 1_023)?.text == "10.213.255.0/24")
        #expect(Subnet.free(open, besides: [], seed: .max)?.text == "10.213.255.0/24")
        // 10.210.0.0/24 of a bridge, and 10.210.1.128/25 of somebody else.
        let taken = routes(
            "hale1\t0000D20A\t00000000\t0001\t0\t0\t0\t00FFFFFF", "tun0\t8001D20A\t00000000\t0001\t0\t0\t0\t80FFFFFF")
        #expect(Subnet.free(taken, besides: [], seed: 0)?.text == "10.210.2.0/24")
        let other = Subnet(around: "10.210.2.7")
        #expect(Subnet.free(taken, besides: [other].compactMap { $0 }, seed: 0)?.text == "10.210.3.0/24")
        let all = routes("tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF")
        #expect(Subnet.free(all, besides: [], seed: 0) == nil)
    }

    @Test func theWayOutIsTheDefaultRoutes() {
        let lan = "lan0\t0001D20A\t00000000\t0001\t0\t0\t0\t00FFFFFF"
        #expect(routes(lan, "wan0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000").defaultInterface == "wan0")
        #expect(routes(lan).defaultInterface == nil)
    }

    @Test func anAddressIsFreeWhereNoPortIsNamedAfterIt() {
        func port(_ name: String) -> String { "7: \(name)@if2: <UP> mtu 1500 qdisc noqueue master bridge state UP\n" }
        #expect(NetworkCommands.freeAddress(ports: "") == 3)
        #expect(NetworkCommands.freeAddress(ports: port("uplink") + port("port3") + port("port5")) == 4)
        #expect(NetworkCommands.freeAddress(ports: port("port33")) == 3)
        let most = (3...253).map { port("port\($0)") }.joined()
        #expect(NetworkCommands.freeAddress(ports: most) == 254)
        #expect(NetworkCommands.freeAddress(ports: most + port("port254")) == nil)
        #expect(NetworkCommands.freeAddress(ports: "rubbish\n\n: :") == 3)
    }

    @Test(arguments: ["", "rubbish", "a\tb\tc\nd\te\n", "Iface\n\u{0}\t\t\t\t\t\t\t\t\n"])
    func rubbishForRoutesTakesNothing(text: String) {
        #expect(Subnet.free(HostRoutes(text), besides: [], seed: 5)?.text == "10.210.5.0/24")
    }

    @Test func addressesAreReadStrictly() {
        #expect(Subnet(around: "10.210.7.9")?.address(1) == "10.210.7.1")
        #expect(
            ["", "10.210.7", "10.210.7.256", "10.210.7.x", "::1", "10.210..7"].allSatisfy { Subnet(around: $0) == nil })
    }

    @Test func whatAFirewallDoesWithWhatIsForwardedIsSeen() {
        func forwarding(_ chains: String) -> NetworkCommands.Forwarding { NetworkCommands.forwarding(chains: chains) }
        let firewall = """
            table inet firewall {
            	chain forward {
            		type filter hook forward priority filter; policy drop;
            	}
            }
            """
        let docker = """
            table ip filter {
            	chain DOCKER-USER {
            	}
            	chain FORWARD {
            		type filter hook forward priority filter; policy drop;
            	}
            }
            """
        #expect(forwarding(firewall) == .dropped)
        #expect(forwarding(docker) == .passesByRule)
        for chains in [firewall, docker] {
            #expect(forwarding(chains.replacing("policy drop", with: "policy accept")) == .passes)
            #expect(forwarding(chains.replacing("hook forward", with: "hook input")) == .passes)
        }
        #expect(forwarding("") == .passes)
    }

    @Test func rulesInAnEnginesChainAreFoundAgain() {
        let listed = """
            table ip filter {
            	chain DOCKER-USER { # handle 4
            		oifname "hale1f" ct state established,related accept # handle 12
            		iifname "hale1f" accept # handle 11
            		iifname "hale1f2" accept # handle 9
            		counter packets 0 bytes 0 return # handle 5
            	}
            }
            """
        #expect(
            NetworkCommands.userRulesRemoval(interface: "hale1f", listed: listed)
                == "delete rule ip filter DOCKER-USER handle 12\ndelete rule ip filter DOCKER-USER handle 11\n")
        #expect(NetworkCommands.userRulesRemoval(interface: "hale2", listed: listed).isEmpty)
    }
}
