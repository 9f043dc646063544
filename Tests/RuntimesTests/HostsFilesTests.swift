import Platform
import Stack
import Testing

@testable import Runtimes

@Suite struct HostsFilesTests {
    private let locations = Locations(
        project: "shop", environment: ["HALE_RUNTIME": "/tmp/hale-\(UInt32.random(in: 0 ... .max))"], isRoot: false)

    private func stack(_ names: [String]) -> Stack {
        let services = names.map { Service(name: $0, launch: LaunchSpecification(command: ["x"])) }
        return Stack(name: "shop", directory: "/", services: services)
    }

    private func text(_ instance: InstanceID) -> String? {
        (try? readWholeFile(HostsFiles.path(of: instance, in: locations))).map { String(decoding: $0, as: UTF8.self) }
    }

    private func identity(_ instance: InstanceID) -> FileIdentity? {
        FileIdentity(HostsFiles.path(of: instance, in: locations))
    }

    @Test func aChangedStackIsInTheSameFile() throws {
        defer { removeTree(String(locations.runtime.dropLast(5))) }
        var book = AddressBook(identity: "shop")
        let web = InstanceID("web", 1)
        let before = stack(["web", "db"])
        var files = HostsFiles(stack: before, locations: locations, addresses: &book)
        try files.prepare(web, of: try #require(before.services["web"]), addresses: &book)
        let identity = identity(web)
        #expect(text(web)?.contains("\(book.address(ofService: "db"))\tdb\n") == true)
        #expect(text(web)?.contains("\(book.address(of: "web", number: 1))\tweb\n") == true)

        files.configure(stack(["web", "cache"]), addresses: &book)
        #expect(text(web)?.contains("\(book.address(ofService: "cache"))\tcache\n") == true)
        #expect(text(web)?.contains("\tdb\n") == false)
        #expect(self.identity(web) == identity && identity != nil)
    }

    @Test func anotherHealerGoesOnWithTheFiles() throws {
        defer { removeTree(String(locations.runtime.dropLast(5))) }
        var book = AddressBook(identity: "shop")
        let before = stack(["web", "my-db"])
        let instance = InstanceID("my-db", 2)
        var files = HostsFiles(stack: before, locations: locations, addresses: &book)
        try files.prepare(instance, of: try #require(before.services["my-db"]), addresses: &book)
        let version = FileVersion(HostsFiles.path(of: instance, in: locations))

        var next = HostsFiles(stack: before, locations: locations, addresses: &book)
        next.configure(before, addresses: &book)
        // What is as it should be is not written again.
        #expect(FileVersion(HostsFiles.path(of: instance, in: locations)) == version && version != nil)
        next.configure(stack(["web", "my-db", "new"]), addresses: &book)
        #expect(text(instance)?.contains("\tnew\n") == true)
    }

    @Test func whatSomebodyRemovedIsWrittenAgain() throws {
        defer { removeTree(String(locations.runtime.dropLast(5))) }
        var book = AddressBook(identity: "shop")
        let web = InstanceID("web", 1)
        let stack = stack(["web"])
        var files = HostsFiles(stack: stack, locations: locations, addresses: &book)
        try files.prepare(web, of: try #require(stack.services["web"]), addresses: &book)
        removeTree(locations.runtime)
        files.look(addresses: &book)
        #expect(text(web)?.contains("\tweb\n") == true)
    }

    @Test func theFileGoesWithAnInstanceThatIsNotPartOfTheStack() throws {
        defer { removeTree(String(locations.runtime.dropLast(5))) }
        var book = AddressBook(identity: "shop")
        let stack = stack(["web"])
        let service = try #require(stack.services["web"])
        var files = HostsFiles(stack: stack, locations: locations, addresses: &book)
        for number in 1...2 { try files.prepare(InstanceID("web", number), of: service, addresses: &book) }
        for number in 1...2 { files.remove(InstanceID("web", number)) }
        #expect(text(InstanceID("web", 1)) != nil)
        #expect(text(InstanceID("web", 2)) == nil)
    }
}
