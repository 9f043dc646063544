public import Stack

extension ComposeProject {
    /// Who is told of what fails, as `x-hale.alerts` says; nil where it says nothing. Whatever is wrong there is refused with
    /// its place; nothing else of the project is looked at.
    public func alerts() throws(ComposeError) -> AlertPolicy? {
        var problems = Problems(project: self)
        let names = (model["services"]?.map?.keys ?? []) + disabledServices.keys.sorted()
        let policy = AlertLowering(services: names, directory: directory)
            .policy(Fields(model["x-hale"], path: ["x-hale"]), &problems)
        try problems.throwIfAny()
        return policy
    }
}
