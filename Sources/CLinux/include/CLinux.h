#ifndef HALE_CLINUX_H
#define HALE_CLINUX_H
#endif
