internal import Foundation

/// The dialogue of an Ollama probe: `/api/version` and, where a model is named, whether `/api/tags` lists it.
struct OllamaCheck: HTTPDialogue {
    private enum State {
        case start
        /// `/api/version` was asked.
        case version
        /// `/api/tags` was asked for that model.
        case tags(model: String)
    }

    private struct Version: Decodable {
        var version: String
    }

    private struct Tags: Decodable {
        struct Model: Decodable {
            var name: String
        }
        var models: [Model]
    }

    /// A model takes some 400 bytes of the list, so this is room for thousands.
    private static let tagsLimit = 1024 * 1024

    private let port: UInt16
    private let model: String?
    private var state = State.start

    /// A model without a tag means `:latest`, as for Ollama itself.
    init(port: UInt16, model: String?) {
        self.port = port
        self.model = model
    }

    mutating func next(after response: HTTPResponse?) -> HTTPStep {
        guard let response else {
            state = .version
            return .ask(HTTPRequest(port: port, path: "/api/version"))
        }
        guard response.status == 200 else {
            return .verdict(.unexpectedStatus(response.status, expected: 200...200))
        }
        switch state {
        case .start, .version: return judgeVersion(response)
        case .tags(let model): return .verdict(judgeTags(response, model: model))
        }
    }

    private mutating func judgeVersion(_ response: HTTPResponse) -> HTTPStep {
        guard (try? JSONDecoder().decode(Version.self, from: Data(response.body))) != nil else {
            return .verdict(.failed("not speaking Ollama (/api/version names no version)"))
        }
        guard let model else { return .verdict(.passed) }
        state = .tags(model: model)
        return .ask(HTTPRequest(port: port, path: "/api/tags", bodyLimit: Self.tagsLimit))
    }

    private func judgeTags(_ response: HTTPResponse, model: String) -> Verdict {
        guard let tags = try? JSONDecoder().decode(Tags.self, from: Data(response.body)) else {
            return .failed("not speaking Ollama (/api/tags lists no models)")
        }
        let names = Set(tags.models.map(\.name))
        guard names.contains(model) || names.contains(model + ":latest") else {
            return .failed("model \(Wording.line(model)) is missing")
        }
        return .passed
    }
}
