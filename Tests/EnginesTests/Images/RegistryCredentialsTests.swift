import Foundation
import TestFolders
import Testing

@testable import Engines

@Suite struct RegistryCredentialsTests {
    private let folder = TemporaryFolder()

    private func credentials(_ configuration: String?) throws -> RegistryCredentials {
        if let configuration { try folder.write("config.json", configuration) }
        return RegistryCredentials(["DOCKER_CONFIG": folder.path, "PATH": "\(folder["bin"]):/usr/bin:/bin"])
    }

    /// A helper that runs these lines with what it is asked in `$verb` and `$server`.
    private func helper(_ name: String, _ script: String) throws {
        try folder.write("\(name).sh", "#!/bin/sh\nverb=$1\nread -r server\necho noise >&2\n\(script)\n")
        let file = folder["bin/docker-credential-\(name)"]
        // Written by another process: a child that a test beside this one starts would hold it open to write, and what is open
        // to write cannot be run.
        let install = try Process.run(
            URL(filePath: "/usr/bin/install"), arguments: ["-D", "-m", "755", folder["\(name).sh"], file])
        install.waitUntilExit()
        #expect(install.terminationStatus == 0)
    }

    private func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    @Test func withoutAFileThereIsNone() throws {
        #expect(try credentials(nil).login(to: "docker.io") == nil)
        #expect(try credentials("{}").login(to: "docker.io") == nil)
        #expect(try credentials("{}").all().logins.isEmpty)
    }

    @Test func entriesOfTheFileAreFound() throws {
        let credentials = try credentials(
            """
            {"auths": {"https://index.docker.io/v1/": {"auth": "\(base64("me:pass:word"))"},
             "host:5000": {"auth": "\(base64("you:\u{0}"))"}, "https://old.io/v2/": {"username": "u", "password": "p"},
             "token.io": {"auth": "", "identitytoken": "t"}, "out.io": {}}}
            """)
        let hub = "https://index.docker.io/v1/"
        #expect(
            try credentials.login(to: "docker.io") == RegistryLogin(server: hub, user: "me", password: "pass:word"))
        #expect(try credentials.login(to: "host:5000") == RegistryLogin(server: "host:5000", user: "you", password: ""))
        #expect(try credentials.login(to: "old.io") == RegistryLogin(server: "old.io", user: "u", password: "p"))
        #expect(try credentials.login(to: "token.io") == RegistryLogin(server: "token.io", identityToken: "t"))
        for server in ["out.io", "host", "other.io"] { #expect(try credentials.login(to: server) == nil) }
        let all = try credentials.all()
        #expect(all.logins.map(\.server) == ["host:5000", hub, "https://old.io/v2/", "token.io"])
        #expect(all.troubles.isEmpty)
    }

    @Test(arguments: ["{", "[]", #"{"auths": 1}"#, ""])
    func aFileThatIsNoJSONIsSaid(text: String) throws {
        let error = try #require(throws: EngineError.self) { try credentials(text).login(to: "a.io") }
        #expect(
            error == .prevented("\(folder["config.json"]) is no JSON that the docker command wrote; mend or remove it"))
    }

    @Test(arguments: ["%%%", "bm9jb2xvbg=="])
    func anEntryThatIsRubbishIsSaid(auth: String) throws {
        let credentials = try credentials(#"{"auths": {"a.io": {"auth": "\#(auth)"}}}"#)
        let error = try #require(throws: EngineError.self) { try credentials.login(to: "a.io") }
        #expect(error.description.contains("the login to a.io is not what the docker command writes"))
        #expect(try credentials.login(to: "b.io") == nil)
    }

    @Test func helpersAreAsked() throws {
        try helper("one", #"echo "{\"ServerURL\":\"$server\",\"Username\":\"$verb\",\"Secret\":\"for $server\"}""#)
        try helper("two", #"echo '{"ServerURL":"x","Username":"<token>","Secret":"t"}'"#)
        let credentials = try credentials(
            #"{"auths": {"a.io": {"auth": "eDp5"}}, "credHelpers": {"two.io": "two"}, "credsStore": "one"}"#)
        #expect(
            try credentials.login(to: "a.io") == RegistryLogin(server: "a.io", user: "get", password: "for a.io"))
        #expect(try credentials.login(to: "two.io") == RegistryLogin(server: "two.io", identityToken: "t"))
        #expect(try credentials.login(to: "docker.io")?.password == "for https://index.docker.io/v1/")
    }

    @Test func aHelperMayHaveNothing() throws {
        try helper("none", "echo 'credentials not found in native keychain'; exit 1")
        #expect(try credentials(#"{"credsStore": "none"}"#).login(to: "a.io") == nil)
    }

    @Test func aHelperThatIsNotThereIsNamed() throws {
        let credentials = try credentials(#"{"credHelpers": {"a.io": "gone"}}"#)
        let error = try #require(throws: EngineError.self) { try credentials.login(to: "a.io") }
        #expect(error.description.hasPrefix("docker-credential-gone, which Docker's config.json names, is not there"))
        #expect(try credentials.login(to: "b.io") == nil)
        let all = try credentials.all()
        #expect(all.logins.isEmpty && all.troubles == [error.description])
    }

    @Test func aHelperThatFailsIsQuoted() throws {
        try helper("ill", "echo 'the keyring is locked'; exit 1")
        try helper("odd", "echo hello")
        let credentials = try credentials(#"{"credHelpers": {"a.io": "ill", "b.io": "odd"}}"#)
        let ill = try #require(throws: EngineError.self) { try credentials.login(to: "a.io") }
        #expect(ill.description == "docker-credential-ill has no login to a.io to give: the keyring is locked")
        let odd = try #require(throws: EngineError.self) { try credentials.login(to: "b.io") }
        #expect(odd.description == "what docker-credential-odd says for b.io is not what a helper says")
    }

    @Test func allOfAStoreAreListed() throws {
        try helper(
            "store",
            #"""
            [ $verb = list ] && echo '{"b.io":"me","a.io":"you"}' && exit
            echo '{"Username":"me","Secret":"s"}'
            """#)
        let all = try credentials(#"{"auths": {"c.io": {}}, "credsStore": "store"}"#).all()
        #expect(all.logins.map(\.server) == ["a.io", "b.io", "c.io"] && all.troubles.isEmpty)
    }

    @Test func headersAreBase64OfTheURLKind() throws {
        let login = RegistryLogin(server: "a.io", user: "me", password: "ÿÿÿ?>~")
        let header = try #require(login.header)
        #expect(!header.contains("+") && !header.contains("/"))
        let text = header.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        let data = try #require(Data(base64Encoded: String(text)))
        #expect(
            try JSONDecoder().decode([String: String].self, from: data) == [
                "username": "me", "password": "ÿÿÿ?>~", "serveraddress": "a.io",
            ])
    }

    @Test func theSecretIsInNoText() {
        let login = RegistryLogin(server: "a.io", user: "me", password: "hidden")
        #expect("\(login) \(String(reflecting: login))" == "a login to a.io a login to a.io")
    }
}
