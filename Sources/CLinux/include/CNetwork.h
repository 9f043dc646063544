#ifndef HALE_CNETWORK_H
#define HALE_CNETWORK_H

/// As socket(2), in the network namespace of that descriptor (setns(2)). A socket stays where it was made: the calling
/// thread is back in its own namespace when this returns.
int hale_socket_in(int network, int family, int kind);

/// A descriptor of the network namespace that a socket is in (SIOCGSKNS), close-on-exec; -1 with errno.
int hale_network_of(int socket);

#endif
