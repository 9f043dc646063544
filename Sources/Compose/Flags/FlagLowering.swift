internal import Stack

/// Makes flags of what `x-hale.flags` says.
struct FlagLowering {
    private static let keys = ["default", "rules", "description"]
    private static let ruleKeys = ["when", "value", "reason"]
    private static let mostNameLength = 64

    /// What conditions may name: services that a profile switches off as well.
    let services: [String]

    /// The flags, in the order of the file.
    func flags(_ fields: Fields, _ problems: inout Problems) -> [Flag] {
        guard fields.value == nil || fields.value?.map != nil else {
            problems.report(fields.path, "expected a mapping of names to flags")
            return []
        }
        return fields.map.keys.compactMap { flag($0, fields.fields($0), &problems) }
    }

    private func flag(_ name: String, _ fields: Fields, _ problems: inout Problems) -> Flag? {
        guard Self.isName(name) else {
            problems.report(
                fields.path,
                "a flag's name is 1 to \(Self.mostNameLength) letters, digits, dots, dashes and underscores, and begins "
                    + "with a letter or a digit")
            return nil
        }
        fields.allow(Self.keys, &problems)
        guard let written = fields["default"] else {
            // What is no mapping was reported already.
            if fields.value?.map != nil || fields.value == nil {
                problems.report(fields.path, "'default' is missing: the value where no rule applies")
            }
            return nil
        }
        guard let value = JSONValue(written), let type = value.type else {
            problems.report(
                fields.path + ["default"], "expected true or false, text, a finite number or a mapping")
            return nil
        }
        return Flag(
            name: name, type: type, defaultValue: value, rules: rules(fields, of: type, &problems),
            description: fields.string("description", &problems))
    }

    private func rules(_ fields: Fields, of type: FlagType, _ problems: inout Problems) -> [FlagRule] {
        guard let written = fields["rules"] else { return [] }
        let path = fields.path + ["rules"]
        guard let list = written.list else {
            problems.report(path, "expected a list of rules")
            return []
        }
        return list.enumerated().compactMap { place, value in
            rule(Fields(value, path: path + [String(place)]), of: type, &problems)
        }
    }

    private func rule(_ fields: Fields, of type: FlagType, _ problems: inout Problems) -> FlagRule? {
        guard let map = fields.value?.map else {
            problems.report(fields.path, "expected a mapping with \(Self.ruleKeys.joined(separator: ", "))")
            return nil
        }
        fields.allow(Self.ruleKeys, &problems)
        for key in ["when", "value"] where map[key] == nil {
            problems.report(fields.path, "'\(key)' is missing")
        }
        let reason = fields.string("reason", &problems)
        guard let condition = condition(fields, &problems), let written = map["value"] else { return nil }
        guard let value = JSONValue(written).flatMap(type.accept) else {
            problems.report(
                fields.path + ["value"], "expected \(type.expectation), as the flag's default is of that type")
            return nil
        }
        return FlagRule(condition: condition, value: value, reason: reason)
    }

    private func condition(_ fields: Fields, _ problems: inout Problems) -> FlagCondition? {
        guard let written = fields.map["when"] else { return nil }
        let path = fields.path + ["when"]
        guard case .string(let text) = written else {
            problems.report(path, "expected a condition such as 'ollama is open or postgres is down'")
            return nil
        }
        do throws(ConditionProblem) {
            return try ConditionParser.parse(text, services: services)
        } catch {
            problems.report(path, error.message, hint: error.nearest)
            return nil
        }
    }

    private static func isName(_ name: String) -> Bool {
        func isWord(_ character: Character) -> Bool {
            character.isASCII && (character.isLetter || character.isNumber)
        }
        guard let first = name.first, name.count <= mostNameLength else { return false }
        return isWord(first) && name.allSatisfy { isWord($0) || "._-".contains($0) }
    }
}

extension JSONValue {
    /// The same value; nil where there is a number in it that JSON cannot hold.
    init?(_ value: ComposeValue) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .boolean(flag)
        case .integer(let number): self = .integer(number)
        case .double(let number):
            guard number.isFinite else { return nil }
            self = .number(number)
        case .string(let text): self = .text(text)
        case .list(let items):
            let values = items.compactMap(JSONValue.init)
            guard values.count == items.count else { return nil }
            self = .list(values)
        case .map(let map):
            var fields: [String: JSONValue] = [:]
            for (key, item) in map {
                guard let value = JSONValue(item) else { return nil }
                fields[key] = value
            }
            self = .object(fields)
        }
    }
}
