internal import Stack

/// What each endpoint answers, for the OpenAPI document.
extension OpenAPIOperation {
    static func responses(_ endpoint: Endpoint) -> [String: JSONValue] {
        var responses: [String: JSONValue] = [:]
        for status in problems(endpoint) { responses["\(status)"] = problem(status) }
        for (status, answer) in answers(endpoint) { responses["\(status)"] = answer }
        return responses
    }

    /// The statuses that come as a problem.
    private static func problems(_ endpoint: Endpoint) -> Set<Int> {
        var statuses: Set = [413, 421, 431]
        if endpoint.isStrict || !endpoint.parameters.isEmpty { statuses.insert(400) }
        if endpoint.placeholder != nil { statuses.insert(404) }
        if endpoint.isEvaluation {
            statuses.insert(415)
        } else if !endpoint.isReading {
            statuses.formUnion([403, 409, 503])
        }
        if endpoint.access == .token { statuses.formUnion([401, 415, 429]) }
        if endpoint == .openSession { statuses.formUnion([401, 415, 429]) }
        if endpoint == .events { statuses.insert(503) }
        return statuses
    }

    private static func problem(_ status: Int) -> JSONValue {
        var fields: [String: JSONValue] = [
            "description": .text(ProblemDetails.title(of: status)),
            "content": [ProblemDetails.contentType: ["schema": OpenAPIDocument.schema("Problem")]],
        ]
        switch status {
        case 401: fields["headers"] = ["WWW-Authenticate": ["schema": ["type": "string"]]]
        case 429, 503: fields["headers"] = ["Retry-After": ["schema": ["type": "integer"]]]
        default: break
        }
        return .object(fields)
    }

    /// What comes where nothing is wrong with the request.
    private static func answers(_ endpoint: Endpoint) -> [Int: JSONValue] {
        switch endpoint {
        case .status: [200: schema("StackStatus", "The whole stack.")]
        case .liveness: [200: text("Hale lives.")]
        case .readiness: [200: text("The stack is healthy."), 503: text("The stack is not healthy.")]
        case .version: [200: schema("Version", "Hale's version.")]
        case .metrics: [200: text("The Prometheus text format, version 0.0.4.")]
        case .openAPI: [200: answer("This document.", json(["type": "object"]))]
        case .overview: [200: schema("Overview", "The services by name, in short.")]
        case .session: [200: schema("Session", "Who asks, and whether they may change the stack.")]
        case .openSession: [200: schema("Session", "Signed in; the cookie says so from now on.")]
        case .closeSession: [200: schema("Session", "Signed out.")]
        case .services: [200: schema("ServiceList", "The services by name.")]
        case .service: [200: schema("Service", "The service.")]
        case .explanation: [200: schema("Explanation", "Why it is as it is.")]
        case .start, .stop, .restart, .kill, .pause, .unpause, .maintenance, .release:
            [
                200: schema("ActionResult", "Nothing had to be changed, or this was a dry run."),
                202: schema("ActionResult", "Taken; the effect follows."),
            ]
        case .breakers: [200: schema("BreakerList", "The breakers by service, instance and port.")]
        case .breaker: [200: schema("BreakerList", "Its breakers by instance and port.")]
        case .openBreaker, .closeBreaker, .resetBreaker:
            [
                200: schema("BreakerResult", "Nothing had to be changed, or this was a dry run."),
                202: schema("BreakerResult", "Taken; the effect follows."),
            ]
        case .events: [200: events]
        case .incidents: [200: schema("IncidentPage", "Incidents, the newest first.")]
        case .incident: [200: schema("Incident", "The incident.")]
        case .instanceHeartbeat, .serviceHeartbeat: [204: ["description": "Noted."]]
        case .flags: [200: schema("FlagList", "The flags, in the order of the file.")]
        case .setFlag, .clearFlag: [200: schema("FlagResult", "The flag as it is now.")]
        case .alerts: [200: schema("AlertOverview", "The alerts by number, and the channels in the order of the file.")]
        case .acknowledgeAlert: [200: schema("AlertResult", "Noted.")]
        case .evaluateFlag:
            [200: schema("Evaluation", "The flag's value."), 400: evaluationRefusal, 404: evaluationRefusal]
        case .evaluateFlags: [200: bulkEvaluation, 304: unchangedEvaluation, 400: evaluationRefusal]
        case .commands, .apply:
            [
                200: schema("Reply", "It was taken."), 404: schema("Reply", "It names what does not exist."),
                409: schema("Reply", "It cannot be done now."), 500: schema("Reply", "Hale failed to do it."),
            ]
        }
    }

    private static let events = answer(
        "A page of events, or all from now on as server-sent events.",
        [
            JSONText.contentType: ["schema": OpenAPIDocument.schema("EventPage")],
            Router.eventStreamType: ["schema": ["type": "string"]],
        ])

    private static func schema(_ name: String, _ description: String) -> JSONValue {
        answer(description, json(OpenAPIDocument.schema(name)))
    }

    private static func text(_ description: String) -> JSONValue {
        answer(description, ["text/plain": ["schema": ["type": "string"]]])
    }

    private static func answer(_ description: String, _ content: JSONValue) -> JSONValue {
        ["description": .text(description), "content": content]
    }
}

extension Endpoint {
    /// One line for the OpenAPI document.
    var summary: String {
        switch self {
        case .status: "The whole stack"
        case .liveness: "Whether Hale itself lives"
        case .readiness: "Whether the stack is healthy"
        case .version: "Hale's version"
        case .metrics: "Prometheus metrics"
        case .openAPI: "This document"
        case .overview: "All services in short, with what they need and use"
        case .session: "Whether who asks may change the stack"
        case .openSession: "Sign in to the dashboard"
        case .closeSession: "Sign out of the dashboard"
        case .services: "All services"
        case .service: "One service"
        case .explanation: "Why a service is as it is, and what happens next"
        case .start: "Run a service, and what it needs"
        case .stop: "Stop a service and keep it stopped"
        case .restart: "Stop a service and start it again"
        case .kill: "Send a service a signal"
        case .pause: "Freeze a service"
        case .unpause: "Thaw a service"
        case .maintenance: "Watch a service but leave it alone for a while"
        case .release: "End the quarantine of a service now"
        case .breakers: "All circuit breakers"
        case .breaker: "The circuit breakers of a service, or of one instance"
        case .openBreaker: "Keep calls away from a service, or from one instance, until its breaker is closed or reset"
        case .closeBreaker: "Let calls through again"
        case .resetBreaker: "Have a breaker begin anew, as the file says"
        case .events: "What happened, in pages or as a stream"
        case .incidents: "Failures from their first sign to recovery"
        case .incident: "One incident"
        case .instanceHeartbeat: "Say that an instance is well"
        case .serviceHeartbeat: "Say that the only instance of a service is well"
        case .flags: "All flags, with why they are as they are"
        case .setFlag: "Have a flag be as given, whatever its rules say"
        case .clearFlag: "Give a flag back to its rules"
        case .alerts: "Alerts that go on, and the channels they go to"
        case .acknowledgeAlert: "Say that somebody looks after an alert"
        case .evaluateFlag: "One flag's value (OpenFeature Remote Evaluation Protocol)"
        case .evaluateFlags: "All flags' values (OpenFeature Remote Evaluation Protocol)"
        case .commands: "Carry out any command of the hale command line"
        case .apply: "Make the stack be as given"
        }
    }
}
