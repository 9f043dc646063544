import Stack
import Testing

@testable import Compose

@Suite struct AccessLogTests {
    private func logs(top: String = "", web: String = "", db: String = "") throws -> [String: AccessLogPolicy?] {
        let text = """
            x-hale: {\(top)}
            services:
              web: {image: x, ports: ['8080:80'], x-hale: {\(web)}, logging: {options: {max-size: 1m, max-file: '5'}}}
              db: {image: x, expose: ['5432'], x-hale: {\(db)}}
              job: {image: x}
            """
        return try load(text).stack().services.mapValues(\.traffic.accessLog)
    }

    @Test func nothingSaidIsNothingLogged() throws {
        #expect(try logs().values.allSatisfy { $0 == nil })
        #expect(try logs(top: "access_log: off").values.allSatisfy { $0 == nil })
        #expect(try logs(top: "access_log: ").values.allSatisfy { $0 == nil })
    }

    @Test(arguments: AccessLogPolicy.Format.allCases)
    func oneWordAtTheTopIsForAllThatCanBeCalled(format: AccessLogPolicy.Format) throws {
        let logs = try logs(top: "access_log: \(format.rawValue)")
        #expect(logs["web"] == AccessLogPolicy(format: format, rotation: LogRotation(size: 1 << 20, files: 5)))
        #expect(logs["db"] == AccessLogPolicy(format: format))
        #expect(logs["job"] == .some(nil))
    }

    @Test func aServiceHasTheLastWord() throws {
        let logs = try logs(top: "access_log: json", web: "access_log: off", db: "access_log: logfmt")
        #expect(logs["web"] == .some(nil))
        #expect(logs["db"] == AccessLogPolicy(format: .logfmt))
        #expect(try self.logs(web: "access_log: json")["db"] == .some(nil))
    }

    @Test func whatIsWrongIsSaidWithItsPlace() throws {
        let wrong = #expect(throws: ComposeError.self) { try logs(top: "access_log: jsom") }
        #expect(
            wrong?.diagnostics.first?.message
                == "x-hale.access_log: expected one of json, logfmt, off, found 'jsom'")
        #expect(wrong?.diagnostics.first?.hint == "did you mean 'json'?")
        #expect(wrong?.diagnostics.first?.line == 1)
        let service = #expect(throws: ComposeError.self) { try logs(db: "access_log: [json]") }
        #expect(service?.diagnostics.first?.message.contains("services.db.x-hale.access_log: expected one of") == true)
        #expect(service?.diagnostics.first?.line == 4)
        let key = #expect(throws: ComposeError.self) { try logs(web: "acces_log: json") }
        #expect(key?.diagnostics.first?.hint == "did you mean 'access_log'?")
        let top = #expect(throws: ComposeError.self) { try logs(top: "accesslog: json") }
        #expect(top?.diagnostics.first?.hint == "did you mean 'access_log'?")
    }

    @Test func whomNobodyCallsHasNothingToLog() throws {
        let error = #expect(throws: ComposeError.self) {
            try load("services: {job: {image: x, x-hale: {access_log: json}}}").stack()
        }
        #expect(error?.diagnostics.first?.message.contains("neither publishes nor exposes a TCP port") == true)
        #expect(
            try load("services: {job: {image: x, x-hale: {access_log: off}}}").stack().services["job"]?.traffic
                .accessLog
                == nil)
    }
}
