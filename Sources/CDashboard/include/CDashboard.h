#ifndef HALE_CDASHBOARD_H
#define HALE_CDASHBOARD_H

#include <stddef.h>

/// One file of the dashboard.
typedef struct {
    /// Where it is served: `/` or `/assets/NAME`.
    const char *path;
    /// Its media type.
    const char *type;
    const unsigned char *bytes;
    size_t length;
} hale_dashboard_file;

/// All files of the dashboard, which live as long as the program, and how many there are.
const hale_dashboard_file *hale_dashboard_files(size_t *count);

#endif
