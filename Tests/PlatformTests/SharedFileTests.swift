import Glibc
import TestFolders
import Testing

@testable import Platform

@Suite struct SharedFileTests {
    @Test(arguments: ["longer than it was before", "short", "as long!", ""])
    func theFileStaysTheSame(text: String) throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/shared"
        try writeFileInPlace(Array("as long?".utf8), to: path)
        let identity = FileIdentity(path)
        let reader = open(path, O_RDONLY)
        defer { close(reader) }
        try writeFileInPlace(Array(text.utf8), to: path)
        #expect(FileIdentity(path) == identity && identity != nil)
        #expect(try readWholeFile("/proc/self/fd/\(reader)") == Array(text.utf8))
    }

    @Test func whatIsAsItShouldBeIsLeftAlone() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/shared"
        try writeFileInPlace(Array("text".utf8), to: path)
        let version = FileVersion(path)
        try writeFileInPlace(Array("text".utf8), to: path)
        #expect(FileVersion(path) == version && version != nil)
    }

    @Test func itMayBeReadByAnybodyWhateverTheMask() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/shared"
        try writeFileInPlace([], to: path, mode: 0o666)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o666)
    }

    @Test func whatIsNotThereIsNoFile() {
        #expect(FileIdentity("/no/such") == nil)
        #expect(FileVersion("/no/such") == nil)
        #expect(throws: SystemError.self) { try writeFileInPlace([], to: "/no/such") }
    }
}
