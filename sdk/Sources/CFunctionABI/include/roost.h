// The contract between Roost and a plugin. This one header is all that a plugin needs; any language
// with a C ABI can implement it.
//
// A plugin exports exactly one function whose name starts with `roost_plugin`, of the type
// `roost_plugin_entry`, and carries one stamp (ROOST_STAMP). Bytes are lent for the time of a call,
// never given away: who wants to keep them copies them. Every struct starts with its size and grows
// only at its end; a table slot that is NULL, or lies beyond `struct_size`, is not offered.
//
// How long things live:
// - An invocation ends when `reply` has been called and the handler has returned, or when the host
//   ends it. With it end its `roost_context`, its `roost_invocation` and every span that they lent. A
//   context that is over may still be handed to the host: nothing happens then, or ROOST_GONE comes
//   back.
// - Callbacks given to `when`, `enqueue`, `timer` and `invoke` belong to their invocation: those that
//   have not run when it ends are dropped and never run. The host neither reads nor frees their
//   `argument`; what it owns is the plugin's to release at the end of the invocation, whether the
//   callback ran or not.
// - What a plugin hands to the host (a reply, a head, a piece, a log line, a call) is copied before
//   the slot returns. What the host hands to a callback is lent until the callback returns.
// - The host table and what the entry returned (with manifest and `state`) live as long as the image:
//   until its worker ends. After a crash nothing of the image runs again, so nothing of it is released.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The version of this contract. A host accepts its own and the one before it.
#define ROOST_ABI_VERSION 1

/// The version of the SDK that ships this header.
#define ROOST_SDK_VERSION "0.1.0"

/// A span of bytes; text is UTF-8 without a terminating NUL. `data` may be NULL when `count` is 0.
typedef struct roost_bytes {
    const uint8_t *data;
    size_t count;
} roost_bytes;

/// A name with its value: a header, a route parameter, a piece of log metadata.
typedef struct roost_field {
    roost_bytes name;
    roost_bytes value;
} roost_field;

/// What an operation that can't go on says instead of a count or 0.
enum {
    ROOST_WOULD_BLOCK = -1,  // nothing now; ask `when` to be told
    ROOST_GONE = -2,         // the caller has gone or the invocation is over
    ROOST_UNSUPPORTED = -3,  // the host doesn't offer this
    ROOST_INVALID = -4,      // the arguments make no sense
};

/// Why a function was run.
enum {
    ROOST_TRIGGER_HTTP = 0,
    ROOST_TRIGGER_CRON = 1,
    ROOST_TRIGGER_FILE = 2,
    ROOST_TRIGGER_QUEUE = 3,
    ROOST_TRIGGER_EVENT = 4,
    ROOST_TRIGGER_CALL = 5,      // another function called it
    ROOST_TRIGGER_OPERATOR = 6,  // `roost invoke`
};

enum { ROOST_LOG_TRACE, ROOST_LOG_DEBUG, ROOST_LOG_INFO, ROOST_LOG_WARNING, ROOST_LOG_ERROR };

/// What `load`, `drain` and `invoke` return.
enum {
    ROOST_DONE = 0,     // `reply` has been called
    ROOST_PENDING = 1,  // `reply` will be called later, on the worker's thread, from a callback or job
};

/// What `cancelled` returns.
enum {
    ROOST_NOT_CANCELLED = 0,
    ROOST_CANCELLED_BY_CALLER = 1,
    ROOST_CANCELLED_BY_TIMEOUT = 2,
    ROOST_CANCELLED_BY_DRAIN = 3,
    ROOST_CANCELLED_BY_OPERATOR = 4,
};

/// What `when` can wait for.
enum { ROOST_WHEN_READABLE = 1, ROOST_WHEN_WRITABLE = 2, ROOST_WHEN_CANCELLED = 4 };

/// One invocation as the host sees it, or the time of `load` or `drain`; opaque. Valid until `reply`
/// was called and the handler returned.
typedef struct roost_context roost_context;

/// Called on the worker's thread, at most once, and never after the end of the invocation it was given
/// for.
typedef void (*roost_callback)(void *argument);

/// The event to handle. All spans are valid until the invocation ends.
typedef struct roost_invocation {
    uint32_t struct_size;
    uint32_t function;  // index into the manifest's "functions"
    uint32_t attempt;   // 1 for the first
    uint32_t trigger;   // ROOST_TRIGGER_…
    roost_bytes id;     // 32 hexadecimal digits
    roost_bytes name;   // the function's full name, "plugin.function"
    int64_t deadline_ns;       // CLOCK_MONOTONIC
    int64_t received_unix_ns;  // when the event came in, since 1970
    roost_bytes content_type;
    roost_bytes traceparent;  // W3C trace context of this invocation: pass it on
    roost_bytes method;       // of an HTTP event, as are the next four
    roost_bytes path;
    roost_bytes query;  // without "?", still percent-encoded
    const roost_field *headers;
    size_t header_count;
    const roost_field *parameters;  // of the route, percent-decoded
    size_t parameter_count;
    roost_bytes body;        // all of it, or its beginning
    uint32_t body_complete;  // 0: the rest comes through `read`
    roost_bytes tracestate;  // goes with traceparent, or empty
} roost_invocation;

/// How an invocation ended, or the head of a streamed response.
typedef struct roost_reply {
    uint32_t struct_size;
    uint32_t failed;     // 0: succeeded; 1: the handler failed
    uint32_t status;     // HTTP status; 0 stands for 200 (204 without a body), or 500 when failed
    uint32_t retryable;  // when failed: whether another attempt may help
    roost_bytes content_type;
    const roost_field *headers;
    size_t header_count;
    roost_bytes body;
    roost_bytes error_type;     // when failed: a short name, for example of the error's type
    roost_bytes error_message;  // when failed: what happened, for the caller
} roost_reply;

/// What a call of another function waits for.
enum {
    ROOST_CALL_QUEUED = 1,  // `flags`: the answer is the queued call's id, once the host's store has it
};

/// A call of another function. Members behind `timeout_ns` are read of queued calls only.
typedef struct roost_call {
    uint32_t struct_size;
    uint32_t flags;    // ROOST_CALL_…, or 0 to wait for what the other function answers
    roost_bytes name;  // full name, or short name where unique
    roost_bytes content_type;
    roost_bytes payload;
    int64_t timeout_ns;   // 0: what remains of the caller's own time; queued: the other one's limit
    int64_t delay_ns;     // not to be started before so long from now
    int64_t expiry_ns;    // 0, or not to be started after so long from now
    int32_t priority;     // higher ones of a function run first
    uint32_t attempts;    // 0 for the default, or how often it may be started
    roost_bytes ordering_key;     // calls of a function that share it run one at a time, in order
    roost_bytes idempotency_key;  // under which it is accepted once
} roost_call;

/// An event, as CloudEvents has it; empty members are the host's to fill in.
typedef struct roost_event {
    uint32_t struct_size;
    uint32_t flags;    // 0
    roost_bytes type;  // what happened
    roost_bytes content_type;
    roost_bytes data;
    const roost_field *attributes;  // "id", "source", "subject", "time", "dataschema" or an extension
    size_t attribute_count;
} roost_event;

/// The answer to a host call. `status` is as in HTTP; 0 when the host doesn't offer the operation.
typedef struct roost_result {
    uint32_t struct_size;
    uint32_t status;
    roost_bytes content_type;
    roost_bytes payload;
    roost_bytes error_message;
    int64_t number;           // of state: the value's version; of a lock: its fencing token
    int64_t expires_unix_ns;  // when value or lock vanish, since 1970; 0 for never
} roost_result;

/// Called on the worker's thread: once, or never when the invocation ends before. `result` and its spans
/// are lent until it returns.
typedef void (*roost_done)(void *argument, const roost_result *result);

/// What `state` does.
enum {
    ROOST_STATE_GET = 1,     // 200 with the value and its version, or 404
    ROOST_STATE_PUT = 2,     // 204 with the new version, or 409 with the present one (0: no value)
    ROOST_STATE_REMOVE = 3,  // 204 with the version that went (0: none was there), or 409
};

/// What `expected` may be instead of a version.
enum {
    ROOST_VERSION_ANY = -1,    // write or remove whatever is there
    ROOST_VERSION_ABSENT = 0,  // write only where nothing is
};

/// A request to the key-value state, which each function has its own of, by its full name; all its
/// workers and versions share it, and it outlasts the host.
///
/// A key has 1 to 1024 bytes, a value up to 1 MiB, all of a function's together up to 64 MiB; what is
/// too large is answered with 413, what doesn't fit any more with 507, and nothing is written then.
typedef struct roost_state_request {
    uint32_t struct_size;
    uint32_t operation;  // ROOST_STATE_…
    roost_bytes key;
    roost_bytes value;  // of PUT
    int64_t expected;   // of PUT and REMOVE: a version, or ROOST_VERSION_…
    int64_t ttl_ns;     // of PUT: how long the value stays; 0 for ever
} roost_state_request;

/// What `lock` does.
enum {
    ROOST_LOCK_ACQUIRE = 1,  // 200 with token and expiry, or 409 when another one has it still
    ROOST_LOCK_RENEW = 2,    // 200 with the new expiry, or 410 when it is lost
    ROOST_LOCK_RELEASE = 3,  // 204, or 410 when it was lost before
};

/// A request to one of a function's locks.
///
/// A lock is a lease: it is free again when it is released or its time is over, and never sooner. An
/// invocation that ends without releasing it, however it ends, leaves it held until then. Each grant's
/// token is higher than all before, so what a lock protects can refuse a late holder's writes.
typedef struct roost_lock_request {
    uint32_t struct_size;
    uint32_t operation;  // ROOST_LOCK_…
    roost_bytes name;    // 1 to 1024 bytes
    int64_t ttl_ns;      // of ACQUIRE and RENEW: how long from now; at most a day
    int64_t wait_ns;     // of ACQUIRE: how long to wait while another one has it
    int64_t token;       // of RENEW and RELEASE
} roost_lock_request;

/// What `file` does.
enum {
    ROOST_FILE_OPEN = 1,   // 200 with the descriptor in `number`; 410 when the file is another by now
    ROOST_FILE_CLOSE = 2,  // gives a descriptor back before the end of the invocation; no answer
};

/// A request about a file of the event, which only the invocation that was made for it can make.
///
/// The host opens the file for reading, beneath the watched directory and through no link, checks that
/// it is what the event told of, and hands the descriptor over, so that it works wherever a plugin runs.
/// The descriptor stays the host's: it is closed when the invocation ends, or given back before.
typedef struct roost_file_request {
    uint32_t struct_size;
    uint32_t operation;  // ROOST_FILE_…
    roost_bytes id;      // of OPEN: the "id" of the file's event
    int64_t descriptor;  // of CLOSE
} roost_file_request;

/// What the host offers to a plugin; lives as long as the image. Slots may be called only on the worker's thread, except `enqueue`
/// and `cancelled`, which may be called on any.
typedef struct roost_host_api {
    uint32_t abi_version;
    uint32_t struct_size;

    /// Ends the invocation: exactly once. After it, only `log` may be called with this context.
    void (*reply)(roost_context *, const roost_reply *);

    /// Writes a log line of the invocation.
    void (*log)(roost_context *, uint32_t level, roost_bytes message, const roost_field *metadata,
                size_t metadata_count);

    /// The time left until the deadline; negative when it has passed.
    int64_t (*remaining_ns)(roost_context *);

    /// ROOST_NOT_CANCELLED or the reason. Costs one load; call it in loops.
    uint32_t (*cancelled)(roost_context *);

    /// Reads what has arrived of the request's body: the count, 0 at its end, or an error.
    int64_t (*read)(roost_context *, uint8_t *into, size_t capacity);

    /// Begins a streamed response with its status and headers (`body` is sent with it).
    int32_t (*start)(roost_context *, const roost_reply *head);

    /// Sends a piece of a streamed response: 0, or ROOST_WOULD_BLOCK while the caller is slow.
    int32_t (*write)(roost_context *, roost_bytes piece);

    /// Calls back once, when one of the things in `events` holds; dropped at the end of the invocation.
    void (*when)(roost_context *, uint32_t events, roost_callback, void *argument);

    /// Runs the worker's loop until something has happened, so that a synchronous handler can wait.
    void (*pump)(roost_context *);

    /// Calls another function through the host, which copies the call. When this invocation ends first,
    /// the other one is cancelled and nobody is called back.
    void (*invoke)(roost_context *, const roost_call *, roost_done, void *argument);

    /// Emits an event to every function that has subscribed to it; 202 once it is durable for all.
    void (*emit)(roost_context *, const roost_event *, roost_done, void *argument);

    /// Reads or changes a value of the function's own; what is answered has been made durable.
    void (*state)(roost_context *, const roost_state_request *, roost_done, void *argument);

    /// Takes, renews or releases one of the function's locks.
    void (*lock)(roost_context *, const roost_lock_request *, roost_done, void *argument);

    /// The operator's value for a key: 0 and the value, lent until the invocation ends, or
    /// ROOST_UNSUPPORTED when there is none.
    int32_t (*configuration)(roost_context *, roost_bytes key, roost_bytes *value);

    /// The same for a secret; its value never appears in a log.
    int32_t (*secret)(roost_context *, roost_bytes key, roost_bytes *value);

    /// Runs a callback on the worker's thread, soon; dropped at the end of the invocation. May be called
    /// on any thread.
    void (*enqueue)(roost_context *, roost_callback, void *argument);

    /// Runs a callback on the worker's thread after a delay; dropped at the end of the invocation.
    void (*timer)(roost_context *, int64_t delay_ns, roost_callback, void *argument);

    /// The worker's Swift task executor: the two words of an `any TaskExecutor`. Zero when none. It
    /// lives as long as the worker.
    void (*executor)(roost_context *, uintptr_t words[2]);

    /// Opens a file of the event for reading, or gives it back. Added with SDK 0.1.0's file events.
    void (*file)(roost_context *, const roost_file_request *, roost_done, void *argument);
} roost_host_api;

/// What a plugin is. Returned by its entry; lives as long as the image.
typedef struct roost_plugin {
    uint32_t abi_version;  // ROOST_ABI_VERSION
    uint32_t struct_size;
    // The plugin's own memory, JSON: {"plugin":"name","functions":[{"name":"…","triggers":[…]}]}, and
    // what it needs beyond its own memory, if anything: "permissions":{"read":["/srv/data"],
    // "write":["/srv/out"],"network":true,"subprocesses":true}; the operator has to agree to all of it.
    roost_bytes manifest;
    void *state;           // the plugin's own; handed to every call, never read

    /// Prepares a worker, before its first invocation; a failed reply vetoes it. May be NULL.
    int32_t (*load)(void *state, roost_context *);

    /// Called before a worker is retired. May be NULL.
    int32_t (*drain)(void *state, roost_context *);

    /// Handles one event. One at a time per image, always on the same thread.
    int32_t (*invoke)(void *state, const roost_invocation *, roost_context *);
} roost_plugin;

/// The one function a plugin exports. NULL refuses to start.
typedef const roost_plugin *(*roost_plugin_entry)(const roost_host_api *host);

/// The stamp: an ELF note that is read from the file without loading it.
/// Owner "roost", type 1; three fixed-size fields.
typedef struct roost_stamp {
    uint32_t name_size;         // 6
    uint32_t description_size;  // 36
    uint32_t type;              // 1
    char name[8];               // "roost"
    uint32_t abi_version;
    char sdk_version[16];
    char swift_version[16];  // "6.3", or empty for a plugin without Swift
} roost_stamp;

/// Puts the stamp into an image; once per plugin, at file level. Swift plugins get it from FunctionSDK.
#define ROOST_STAMP(swift)                                                                         \
    __attribute__((used, section(".note.roost"), aligned(4))) static const roost_stamp             \
        roost_stamp_of_image = {6, 36, 1, "roost", ROOST_ABI_VERSION, ROOST_SDK_VERSION, swift}

#ifdef __cplusplus
}
#endif
