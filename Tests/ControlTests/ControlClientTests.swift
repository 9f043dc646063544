import Control
import Dispatch
import Foundation
import Glibc
import TestFolders
import Testing

struct ControlClientTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = TemporaryFolder()
        try body(folder.path)
    }

    @Test func noSocketMeansThatNoHaleRuns() throws {
        try withFolder { folder in
            let path = folder + "/api.sock"
            #expect(throws: ControlClientError.notRunning(socket: path)) {
                try ControlClient(socketPath: path).status()
            }
        }
    }

    @Test func aSocketThatNobodyListensOnMeansTheSame() throws {
        try withFolder { folder in
            let path = folder + "/api.sock"
            close(try TestSockets.listenUnix(path))
            defer { unlink(path) }
            #expect(throws: ControlClientError.notRunning(socket: path)) {
                try ControlClient(socketPath: path).status()
            }
        }
    }

    @Test func aSocketThatNobodyAcceptsFromDoesNotAnswer() throws {
        try withFolder { folder in
            let path = folder + "/api.sock"
            let descriptor = try TestSockets.listenUnix(path)
            defer {
                close(descriptor)
                unlink(path)
            }
            let client = ControlClient(socketPath: path, timeout: .milliseconds(50))
            #expect(throws: ControlClientError.noAnswer(socket: path, timeout: .milliseconds(50))) {
                try client.status()
            }
        }
    }

    @Test func aRefusalSaysWhy() throws {
        let running = try RunningServer()
        #expect {
            try running.client.get("/nothing")
        } throws: { error in
            guard case .rejected(404, let detail)? = error as? ControlClientError else { return false }
            return detail.contains("nothing at this path")
        }
    }

    @Test func pathsAreReadAsText() throws {
        let running = try RunningServer()
        #expect(try running.client.get("/livez") == "ok\n")
        #expect(try running.client.get("/version") == #"{"stack":"shop","version":"0.1.0"}"# + "\n")
    }

    @Test func aPathTooLongForASocketIsSaidToBe() {
        let path = "/tmp/" + String(repeating: "x", count: 200)
        #expect {
            try ControlClient(socketPath: path).status()
        } throws: { error in
            "\(error)".contains("107 bytes")
        }
    }

    @Test func readingIsTriedAgainWhenTheHealerEndsAndChangingIsNot() throws {
        try withFolder { folder in
            let path = folder + "/api.sock"
            let descriptor = try TestSockets.listenUnix(path)
            defer { unlink(path) }
            let accepted = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                while case let connection = accept(descriptor, nil, nil), connection >= 0 {
                    close(connection)
                    accepted.signal()
                }
                close(descriptor)
            }
            let client = ControlClient(socketPath: path, timeout: .seconds(20))
            #expect(throws: ControlClientError.interrupted(socket: path)) { try client.perform(.reload) }
            #expect(accepted.wait(timeout: .now() + 20) == .success)
            #expect(accepted.wait(timeout: .now()) == .timedOut)
            #expect(throws: ControlClientError.interrupted(socket: path)) { try client.status() }
            for _ in 0..<3 { #expect(accepted.wait(timeout: .now() + 20) == .success) }
            shutdown(descriptor, Int32(SHUT_RDWR))
        }
    }
}
