#ifndef HALE_CCURL_H
#define HALE_CCURL_H

#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: one function for each argument type.
CURLcode hale_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode hale_curl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode hale_curl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode hale_curl_set_write(CURL *handle, CURLoption option, size_t (*callback)(char *, size_t, size_t, void *));
CURLcode hale_curl_set_open_socket(CURL *handle, curl_opensocket_callback callback);
CURLcode hale_curl_get_long(CURL *handle, CURLINFO info, long *value);
CURLcode hale_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value);
CURLcode hale_curl_get_pointer(CURL *handle, CURLINFO info, void **value);

#endif
