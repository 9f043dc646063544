import Glibc
import Platform
import TestFolders
import Testing

@Suite struct FilesTests {
    @Test func aFileIsReplacedWhole() throws {
        let folder = TemporaryFolder()
        try writeFileAtomically(Array("one".utf8), to: folder["file"], mode: 0o600)
        try writeFileAtomically(Array("two".utf8), to: folder["file"], mode: 0o640)
        #expect(try readWholeFile(folder["file"]) == Array("two".utf8))
        #expect(namesInFolder(folder.path) == ["file"])
        var status = stat()
        stat(folder["file"], &status)
        #expect(status.st_mode & 0o777 == 0o640)
    }

    @Test func aDraftThatCannotReplaceIsNotLeftBehind() throws {
        let folder = TemporaryFolder()
        try makeFolders(folder["target/inside"])
        #expect(throws: SystemError.self) { try writeFileAtomically([1], to: folder["target"]) }
        #expect(namesInFolder(folder.path) == ["target"])
    }

    @Test func foldersAreMadeWithThoseAboveThem() throws {
        let folder = TemporaryFolder()
        try makeFolders(folder["a/b/c"])
        try makeFolders(folder["a/b/c"])
        #expect(namesInFolder(folder["a/b"]) == ["c"])
        try writeFileAtomically([1], to: folder["file"])
        #expect(throws: SystemError.self) { try makeFolders(folder["file/below"]) }
    }

    @Test func aTreeIsRemovedButNotWhatItsLinksLeadTo() throws {
        let folder = TemporaryFolder()
        try makeFolders(folder["kept"])
        try writeFileAtomically([1], to: folder["kept/file"])
        try makeFolders(folder["tree/deep"])
        symlink(folder["kept"], folder["tree/deep/link"])
        removeTree(folder["tree"])
        removeTree(folder["missing"])
        #expect(namesInFolder(folder.path) == ["kept"])
        #expect(namesInFolder(folder["kept"]) == ["file"])
    }

    @Test func aFileBeyondTheLimitIsNotRead() throws {
        let folder = TemporaryFolder()
        try writeFileAtomically([UInt8](repeating: 1, count: 101), to: folder["file"])
        #expect(throws: SystemError.self) { try readWholeFile(folder["file"], limit: 100) }
        #expect(throws: SystemError.self) { try readWholeFile("/dev/zero", limit: 1 << 20) }
        #expect(throws: SystemError.self) { try readWholeFile(folder["missing"]) }
    }

    @Test func aFifoDoesNotHoldTheReaderUp() throws {
        let folder = TemporaryFolder()
        mkfifo(folder["fifo"], 0o600)
        #expect(try readWholeFile(folder["fifo"]).isEmpty)
    }

    @Test func oneHolderOfALockAtATime() throws {
        let folder = TemporaryFolder()
        let path = folder["lock"]
        #expect(FileLock.holder(of: path) == nil)
        var lock = try FileLock(path: path)
        #expect(lock != nil)
        #expect(try FileLock(path: path) == nil)
        #expect(FileLock.holder(of: path) == getpid())
        lock = nil
        #expect(FileLock.holder(of: path) == nil)
        #expect(try FileLock(path: path) != nil)
    }
}
