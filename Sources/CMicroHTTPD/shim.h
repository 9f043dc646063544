#ifndef HALE_CMICROHTTPD_H
#define HALE_CMICROHTTPD_H

#include <microhttpd.h>

// MHD_start_daemon, MHD_get_connection_info and MHD_set_connection_option are variadic, which Swift cannot call.

struct hale_mhd_settings {
    int listen_socket;
    unsigned int connection_limit;
    unsigned int per_address_limit;
    unsigned int timeout_seconds;
    size_t memory_limit;
    MHD_AccessHandlerCallback handle;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection_changed;
    void *context;
};

// Leaves percent-encoding as it came: the library's own decoding cuts a path at %00 and lets bad sequences through.
static inline size_t hale_mhd_keep_escapes(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    size_t length = 0;
    while (text[length] != 0) length++;
    return length;
}

static inline struct MHD_Daemon *hale_mhd_start(unsigned int flags, const struct hale_mhd_settings *settings) {
    return MHD_start_daemon(
        flags, 0, NULL, NULL, settings->handle, settings->context,
        MHD_OPTION_LISTEN_SOCKET, settings->listen_socket,
        MHD_OPTION_CONNECTION_LIMIT, settings->connection_limit,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, settings->per_address_limit,
        MHD_OPTION_CONNECTION_TIMEOUT, settings->timeout_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->memory_limit,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_UNESCAPE_CALLBACK, hale_mhd_keep_escapes, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, settings->completed, settings->context,
        MHD_OPTION_NOTIFY_CONNECTION, settings->connection_changed, settings->context,
        MHD_OPTION_END);
}

// The descriptor a connection is served over, or -1.
static inline int hale_mhd_descriptor(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

#endif
