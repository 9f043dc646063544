internal import Commands
internal import Gateway
internal import Glibc
internal import Healer
internal import Keeper

let roles = Roles(
    keeper: { KeeperRole.run(locations: $0, executable: "/proc/self/exe") },
    healer: { HealerRole.run(locations: $0) },
    gateway: { GatewayRole.run(locations: $0) })

exit(HaleCommandLine.run(Array(CommandLine.arguments.dropFirst()), roles: roles))
