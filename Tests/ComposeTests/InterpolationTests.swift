import Compose
import Testing

struct InterpolationTests {
    static let environment = ["SET": "value", "EMPTY": "", "NUMBER": "3"]

    @Test(arguments: [
        ("$SET", "value"), ("${SET}", "value"), ("a${SET}b", "avalueb"), ("$SET-x", "value-x"), ("$$SET", "$SET"),
        ("$${SET}", "${SET}"), ("$", "$"), ("100$ a", "100$ a"), ("${UNSET}", ""),
        ("${UNSET:-word}", "word"), ("${EMPTY:-word}", "word"), ("${EMPTY-word}", ""), ("${UNSET-word}", "word"),
        ("${SET:-word}", "value"), ("${SET:+word}", "word"), ("${EMPTY:+word}", ""), ("${EMPTY+word}", "word"),
        ("${UNSET+word}", ""), ("${SET:?no}", "value"), ("${EMPTY?no}", ""),
        ("${UNSET:-${SET}}", "value"), ("${UNSET:-a${EMPTY:-${SET}}c}d", "avaluecd"), ("${UNSET:-a:-b?c}", "a:-b?c"),
        ("${UNSET:-{}}", "{}"), ("${UNSET:-$$}", "$"), ("${SET} ${NUMBER}", "value 3"),
    ])
    func fills(template: String, result: String) throws {
        let project = try load(
            "services: {web: {image: x, labels: {key: '\(template)'}}}", environment: Self.environment)
        #expect(project.web("labels") == ["key": .string(result)])
    }

    @Test(arguments: [
        ("${UNSET:?tell me}", "required variable UNSET is missing a value: tell me"),
        ("${EMPTY:?}", "required variable EMPTY is missing a value"),
        ("${UNSET?${SET} first}", "required variable UNSET is missing a value: value first"),
        ("${", "invalid interpolation format"), ("${}", "invalid interpolation format"),
        ("${ SET}", "invalid interpolation format"), ("${SET", "invalid interpolation format"),
        ("${SET!x}", "invalid interpolation format"),
    ])
    func refuses(template: String, reason: String) throws {
        let text = "services:\n  web:\n    image: '\(template)'\n"
        let complaint = try complaint(text, environment: Self.environment)
        #expect(
            complaint?.hasPrefix("compose.yaml:3:12: services.web.image: \(reason)") == true,
            "\(complaint ?? "accepted")")
    }

    @Test func becomesTheTypeOfItsPlace() throws {
        let project = try load(
            """
            services:
              web:
                image: x
                privileged: ${FLAG}
                init: "${NO}"
                cpus: ${CPUS}
                scale: ${SCALE}
                ports: [{target: "${PORT}"}]
            """, environment: ["FLAG": "yes", "NO": "off", "CPUS": "0.5", "SCALE": "2", "PORT": "80"])
        #expect(project.web("privileged") == true)
        #expect(project.web("init") == false)
        #expect(project.web("cpus") == .double(0.5))
        #expect(project.web("scale") == 2)
        #expect(project.web("ports") == [["mode": "ingress", "target": 80, "protocol": "tcp"]])
    }

    @Test func refusesATypeThatDoesNotFit() throws {
        #expect(
            try complaint("services:\n  web: {image: x, scale: '${S}'}", environment: ["S": "two"])
                == "compose.yaml:2:26: services.web.scale: expected a whole number, found \"two\"")
    }

    @Test func warnsOfVariablesWithoutValue() throws {
        let project = try load("services: {web: {image: 'x:$TAG'}}")
        #expect(project.warnings.map(\.message) == ["variable TAG is not set, so it is taken for an empty string"])
    }
}
