internal import Stack

/// Reads `x-hale.memory`: a mapping with `step` and `ceiling`.
struct MemoryLowering {
    static let key = "memory"

    let hale: Fields

    func policy(_ problems: inout Problems) -> MemoryPolicy? {
        guard hale[Self.key] != nil else { return nil }
        let fields = hale.fields(Self.key)
        fields.allow(["step", "ceiling"], &problems)
        guard fields.value?.map != nil else { return nil }
        let step = fields.share("step", &problems)
        guard fields["ceiling"] != nil else {
            problems.report(fields.path, "needs a ceiling, such as 2g, that the limit is never raised above")
            return nil
        }
        guard let ceiling = fields.size("ceiling", &problems) else { return nil }
        guard ceiling > 0 else {
            problems.report(fields.path + ["ceiling"], "expected a size above 0, such as 2g")
            return nil
        }
        var policy = MemoryPolicy(ceiling: ceiling)
        if let step { policy.step = step }
        return policy
    }
}
