#include "CDashboard.h"

// The page is part of the program, so that there is nothing to install beside it and nothing that could be of another
// version. The charts are Debian's package libjs-dygraphs (MIT licence, which its file says).

#if !__has_embed("/usr/share/javascript/dygraphs/dygraph.min.js")
#error "libjs-dygraphs is not installed; run scripts/install"
#endif

static const unsigned char index_html[] = {
#embed "Page/index.html"
};
static const unsigned char style_css[] = {
#embed "Page/style.css"
};
static const unsigned char reload_js[] = {
#embed "Page/reload.js"
};
static const unsigned char theme_js[] = {
#embed "Page/theme.js"
};
static const unsigned char main_js[] = {
#embed "Page/main.js"
};
static const unsigned char api_js[] = {
#embed "Page/api.js"
};
static const unsigned char store_js[] = {
#embed "Page/store.js"
};
static const unsigned char history_js[] = {
#embed "Page/history.js"
};
static const unsigned char condition_js[] = {
#embed "Page/condition.js"
};
static const unsigned char format_js[] = {
#embed "Page/format.js"
};
static const unsigned char dom_js[] = {
#embed "Page/dom.js"
};
static const unsigned char sentence_js[] = {
#embed "Page/sentence.js"
};
static const unsigned char graph_js[] = {
#embed "Page/graph.js"
};
static const unsigned char layout_js[] = {
#embed "Page/layout.js"
};
static const unsigned char spark_js[] = {
#embed "Page/spark.js"
};
static const unsigned char table_js[] = {
#embed "Page/table.js"
};
static const unsigned char charts_js[] = {
#embed "Page/charts.js"
};
static const unsigned char overview_js[] = {
#embed "Page/overview.js"
};
static const unsigned char services_js[] = {
#embed "Page/services.js"
};
static const unsigned char service_js[] = {
#embed "Page/service.js"
};
static const unsigned char incidents_js[] = {
#embed "Page/incidents.js"
};
static const unsigned char breakers_js[] = {
#embed "Page/breakers.js"
};
static const unsigned char events_js[] = {
#embed "Page/events.js"
};
static const unsigned char actions_js[] = {
#embed "Page/actions.js"
};
static const unsigned char session_js[] = {
#embed "Page/session.js"
};
static const unsigned char dygraph_js[] = {
#embed "/usr/share/javascript/dygraphs/dygraph.min.js"
};
static const unsigned char dygraph_css[] = {
#embed "/usr/share/javascript/dygraphs/dygraph.min.css"
};

#define HTML "text/html; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define STYLE "text/css; charset=utf-8"
#define FILE_AT(path, type, bytes) {path, type, bytes, sizeof(bytes)}

static const hale_dashboard_file files[] = {
    FILE_AT("/", HTML, index_html),
    FILE_AT("/assets/style.css", STYLE, style_css),
    FILE_AT("/assets/reload.js", SCRIPT, reload_js),
    FILE_AT("/assets/theme.js", SCRIPT, theme_js),
    FILE_AT("/assets/main.js", SCRIPT, main_js),
    FILE_AT("/assets/api.js", SCRIPT, api_js),
    FILE_AT("/assets/store.js", SCRIPT, store_js),
    FILE_AT("/assets/history.js", SCRIPT, history_js),
    FILE_AT("/assets/condition.js", SCRIPT, condition_js),
    FILE_AT("/assets/format.js", SCRIPT, format_js),
    FILE_AT("/assets/dom.js", SCRIPT, dom_js),
    FILE_AT("/assets/sentence.js", SCRIPT, sentence_js),
    FILE_AT("/assets/graph.js", SCRIPT, graph_js),
    FILE_AT("/assets/layout.js", SCRIPT, layout_js),
    FILE_AT("/assets/spark.js", SCRIPT, spark_js),
    FILE_AT("/assets/table.js", SCRIPT, table_js),
    FILE_AT("/assets/charts.js", SCRIPT, charts_js),
    FILE_AT("/assets/overview.js", SCRIPT, overview_js),
    FILE_AT("/assets/services.js", SCRIPT, services_js),
    FILE_AT("/assets/service.js", SCRIPT, service_js),
    FILE_AT("/assets/incidents.js", SCRIPT, incidents_js),
    FILE_AT("/assets/breakers.js", SCRIPT, breakers_js),
    FILE_AT("/assets/events.js", SCRIPT, events_js),
    FILE_AT("/assets/actions.js", SCRIPT, actions_js),
    FILE_AT("/assets/session.js", SCRIPT, session_js),
    FILE_AT("/assets/dygraph.js", SCRIPT, dygraph_js),
    FILE_AT("/assets/dygraph.css", STYLE, dygraph_css),
};

const hale_dashboard_file *hale_dashboard_files(size_t *count) {
    *count = sizeof(files) / sizeof(files[0]);
    return files;
}
