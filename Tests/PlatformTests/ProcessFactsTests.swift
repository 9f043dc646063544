import Glibc
import Platform
import Testing

@Suite struct ProcessFactsTests {
    @Test func aProcessIsToldByPidAndStartTime() {
        let time = ProcessFacts.startTime(of: ProcessFacts.own)
        #expect(time != nil)
        #expect(ProcessFacts.startTime(of: ProcessFacts.own) == time)
        #expect(ProcessFacts.startTime(of: .max) == nil)
        #expect(ProcessFacts.startTime(of: -1) == nil)
        #expect(ProcessFacts.parent(of: ProcessFacts.own) == ProcessFacts.ownParent)
        #expect(ProcessFacts.state(of: .max) == nil)
    }

    @Test func theHostsStartHasAName() {
        #expect(ProcessFacts.bootIdentity().count == 36)
        #expect(ProcessFacts.bootIdentity() == ProcessFacts.bootIdentity())
    }

    @Test func aVariableIsFoundByItsWholeName() {
        #expect(ProcessFacts.variable("PATH", of: ProcessFacts.own) == getenv("PATH").map { String(cString: $0) })
        #expect(ProcessFacts.variable("PAT", of: ProcessFacts.own) == nil)
        #expect(ProcessFacts.variable("PATH", of: .max) == nil)
        #expect(ProcessFacts.allPids().contains(ProcessFacts.own))
    }

    @Test func usersAreFoundByNameAndByNumber() throws {
        let root = try UserIdentity.lookUp("root")
        #expect(root.user == 0)
        #expect(root.home == "/root")
        #expect(try UserIdentity.lookUp("0") == root)
        let mixed = try UserIdentity.lookUp("root:12345")
        #expect(mixed.group == 12_345)
        #expect(mixed.supplementary.isEmpty)
        let unknown = try UserIdentity.lookUp("4000000000")
        #expect(unknown.user == 4_000_000_000)
        #expect(unknown.group == 4_000_000_000)
    }

    @Test(arguments: ["no-such-user-here", "", ":", "root:no-such-group-here", "-1", "99999999999"])
    func whatTheMachineDoesNotHaveIsRefused(text: String) {
        #expect(throws: UnknownUser.self) { try UserIdentity.lookUp(text) }
    }
}
