/// Fills `HALE_…` variables into the words of a command when an instance starts.
///
/// Only names that begin with `HALE_` are touched, as `$NAME` or `${NAME}`; every other dollar sign stays as it is,
/// since what follows may be for a shell that the command itself starts.
enum VariableFilling {
    /// `text` with each known `HALE_…` variable replaced; unknown ones stay as they are.
    static func fill(_ text: String, from variables: [String: String]) -> String {
        guard text.contains("$") else { return text }
        var result = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            let braced = rest.first == "{"
            let name = (braced ? rest.dropFirst() : rest).prefix(while: isNamePart)
            let end = name.endIndex
            let closed = !braced || (end < rest.endIndex && rest[end] == "}")
            guard closed, name.hasPrefix("HALE_"), let value = variables[String(name)] else {
                result += "$"
                continue
            }
            result += value
            rest = braced ? rest[rest.index(after: end)...] : rest[end...]
        }
        return result + rest
    }

    /// Whether a variable's name may have it.
    static func isNamePart(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }
}
