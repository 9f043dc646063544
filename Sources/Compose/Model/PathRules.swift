/// Rules for places of the model, found by walking along: a rule's path has `*` where any key or list item is meant.
struct PathRules<Rule: Sendable>: Sendable {
    /// The rule for exactly this place, if there is one.
    private(set) var rule: Rule?
    private var named: [String: PathRules] = [:]
    /// What holds for any name; an array because a struct cannot hold itself.
    private var any: [PathRules] = []

    init(_ rules: [String: Rule] = [:]) {
        for (path, rule) in rules { insert(rule, at: path.split(separator: ".")[...]) }
    }

    /// The rules below `key`, or nil where there are none.
    func below(_ key: String) -> PathRules? {
        named[key] ?? any.first
    }

    /// The rules below a list item, or nil where there are none.
    var item: PathRules? { any.first }

    private mutating func insert(_ rule: Rule, at path: ArraySlice<Substring>) {
        guard let first = path.first else {
            self.rule = rule
            return
        }
        if first == "*" {
            var next = any.first ?? PathRules()
            next.insert(rule, at: path.dropFirst())
            any = [next]
        } else {
            named[String(first), default: PathRules()].insert(rule, at: path.dropFirst())
        }
    }
}
