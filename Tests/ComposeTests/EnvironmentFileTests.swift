import Compose
import Testing

struct EnvironmentFileTests {
    @Test(arguments: [
        ("A=1", "1"), ("A = 1 ", "1"), ("export A=1", "1"), ("A: 1", "1"), ("A=", ""), ("A=a b", "a b"),
        ("A=x # comment", "x"), ("A=x#y", "x#y"), ("A='a # $B'", "a # $B"), ("A=\"a # b\" # c", "a # b"),
        ("A=\"a\\nb\"", "a\nb"), ("A='a\\nb'", "a\\nb"), ("A=\"say \\\"x\\\"\"", "say \"x\""), ("A='it\\'s'", "it's"),
        ("B=2\nA=$B", "2"), ("B=2\nA=${B}3", "23"), ("B=2\nA='$B'", "$B"), ("A=\"\\$B\"", "$B"), ("A=$$B", "$B"),
        ("A=\"two\nlines\"", "two\nlines"), ("A=\"\\0101\"", "A"), ("A=${HOST}", "outside"), ("\u{FEFF}A=1", "1"),
        ("# c\n\n  A=1\n", "1"), ("A=1\r\nB=2\r\n", "1"), ("A=${NOPE:-x}", "x"), ("HOST\nA=$HOST", "outside"),
    ])
    func reads(text: String, value: String) throws {
        let project = try TemporaryProject([
            "compose.yaml": "services: {web: {image: x, env_file: vars.env}}", "vars.env": text,
        ])
        let model = try project.load(environment: ["HOST": "outside"])
        #expect(model.web("environment")?["A"] == .string(value))
        #expect(model.web("env_file") == nil)
    }

    @Test(arguments: [
        ("A=\"open", "vars.env:1:1: the quote of this value is not closed"),
        ("B=1\nNOT A NAME\n", "vars.env:2:1: a variable name cannot contain a space"),
        ("A!=1", "vars.env:1:1: unexpected character \"!\" in a variable name"),
        ("A=${B:?set it}", "vars.env:1:1: required variable B is missing a value: set it"),
    ])
    func refuses(text: String, complaint: String) throws {
        let project = try TemporaryProject([
            "compose.yaml": "services: {web: {image: x, env_file: vars.env}}", "vars.env": text,
        ])
        #expect(project.complaint() == complaint)
    }

    @Test func isOverriddenByEnvironmentAndLaterFiles() throws {
        let project = try TemporaryProject([
            "compose.yaml": """
            services:
              web:
                image: x
                env_file: [a.env, {path: b.env, required: true}, {path: missing.env, required: false}]
                environment: {C: own}
            """, "a.env": "A=a\nB=a\nC=a\n", "b.env": "B=b\nC=b\n",
        ])
        #expect(try project.load().web("environment") == ["A": "a", "B": "b", "C": "own"])
    }

    @Test func hasToExist() throws {
        let complaint = try complaint("services:\n  web:\n    image: x\n    env_file: none.env\n")
        #expect(complaint == "compose.yaml:4:5: environment file none.env cannot be read: no such file")
    }

    @Test func dotEnvFillsFilesAndYieldsToTheEnvironment() throws {
        let project = try TemporaryProject([
            "compose.yaml": "services: {web: {image: '$A-$B', environment: [A, B, NONE]}}", ".env": "A=file\nB=file\n",
        ])
        let model = try project.load(environment: ["B": "outside"])
        #expect(model.web("image") == "file-outside")
        #expect(model.web("environment") == ["A": "file", "B": "outside", "NONE": nil])
        #expect(model.environment["A"] == "file")
    }
}
