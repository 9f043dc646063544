internal import Control
internal import Healing
internal import Platform
internal import Runtimes
internal import Stack

/// What people see of the stack, and what outlives this process.
extension HealerLoop {
    /// Nanoseconds by which the calendar may drift until what it called earlier instants is changed.
    private static let calendarTolerance: UInt64 = 1_000_000_000

    /// Lets the next reader of the status have a new picture, and keeps on disk what must outlive this process.
    func publish() {
        let problems = listeners.problemSentences + [sockets.problem, stateProblem].compactMap { $0 }
        noteProblems(problems, before: shownProblems)
        shownProblems = problems
        published.outdate()
        keep()
    }

    /// Draws the newest picture for the threads of the status API.
    func draw() {
        followCalendar()
        let stack = configuration?.stack ?? Stack(name: locations.project, directory: "/", services: [])
        let wills = engine.wills
        let breakers = breakers.statuses(time: builder.time)
        let updates = UpdateStatuses.make(of: engine, at: Instant.now())
        let drawn = builder.services(
            of: stack, report: engine.report(), operatorWill: { wills[$0] }, updates: updates,
            ports: listeners.ports(of:), address: instances.address(of:), breakers: breakers)
        let services = calls.adorn(drawn)
        published.update(
            StackStatus(
                stack: stack.name, status: StatusBuilder.overall(of: stack, services: services), services: services,
                version: HaleVersion.current,
                processes: StackStatus.Processes(
                    keeper: ProcessFacts.ownParent, healer: ProcessFacts.own, gateway: gatewayPid),
                statusAddress: sockets.address,
                notices: notices.sentences + shownProblems,
                pause: engine.healingPause.flatMap { builder.pause($0, at: Instant.now()) }), of: stack)
    }

    /// The calendar may be set while Hale runs. Nothing is decided by it, but what people are told is in its terms.
    private func followCalendar() {
        let offset = Calendar.offset()
        let step = offset.subtractingReportingOverflow(builder.calendarOffset).partialValue
        guard step.magnitude > Self.calendarTolerance else { return }
        builder.calendarOffset = offset
        Log.write("the calendar was set \(step < 0 ? "back" : "forward") by \(step.magnitude / 1_000_000_000) s")
    }

    private var stateProblem: String? {
        files.writer.problem.map { "state cannot be written, healing goes on: \($0)" }
    }

    private func keep() {
        if runtime.addresses != savedAddresses {
            savedAddresses = runtime.addresses
            files.save(savedAddresses)
        }
        if let book = instances.containers?.book, book != savedContainers {
            savedContainers = book
            files.save(book)
        }
        if engine.wishes != savedWishes {
            savedWishes = engine.wishes
            files.save(savedWishes)
        }
        records.keep(engine)
    }
}
