// libffi, and what of it Swift can't reach: its variables, and errno right behind a call.
#pragma once

#include <errno.h>
#include <ffi.h>
#include <string.h>

enum {
    ROOST_FFI_VOID, ROOST_FFI_UINT8, ROOST_FFI_SINT8, ROOST_FFI_UINT16, ROOST_FFI_SINT16,
    ROOST_FFI_UINT32, ROOST_FFI_SINT32, ROOST_FFI_UINT64, ROOST_FFI_SINT64, ROOST_FFI_FLOAT,
    ROOST_FFI_DOUBLE, ROOST_FFI_POINTER,
};

static inline ffi_type *_Nonnull roost_ffi_type(int kind) {
    switch (kind) {
    case ROOST_FFI_VOID: return &ffi_type_void;
    case ROOST_FFI_UINT8: return &ffi_type_uint8;
    case ROOST_FFI_SINT8: return &ffi_type_sint8;
    case ROOST_FFI_UINT16: return &ffi_type_uint16;
    case ROOST_FFI_SINT16: return &ffi_type_sint16;
    case ROOST_FFI_UINT32: return &ffi_type_uint32;
    case ROOST_FFI_SINT32: return &ffi_type_sint32;
    case ROOST_FFI_UINT64: return &ffi_type_uint64;
    case ROOST_FFI_SINT64: return &ffi_type_sint64;
    case ROOST_FFI_FLOAT: return &ffi_type_float;
    case ROOST_FFI_DOUBLE: return &ffi_type_double;
    default: return &ffi_type_pointer;
    }
}

static inline unsigned short roost_ffi_struct(void) { return FFI_TYPE_STRUCT; }

static inline int roost_ffi_prepare(ffi_cif *_Nonnull cif, unsigned fixed, unsigned count,
                                    ffi_type *_Nonnull result,
                                    ffi_type *_Nonnull *_Nullable arguments) {
    if (fixed == count) return ffi_prep_cif(cif, FFI_DEFAULT_ABI, count, result, arguments);
    return ffi_prep_cif_var(cif, FFI_DEFAULT_ABI, fixed, count, result, arguments);
}

/// Calls, and gives back what errno was then.
static inline int roost_ffi_call(ffi_cif *_Nonnull cif, void *_Nonnull function,
                                 void *_Nonnull result, void *_Nullable *_Nullable values) {
    errno = 0;
    ffi_call(cif, FFI_FN(function), result, values);
    return errno;
}

typedef void (*roost_ffi_body)(ffi_cif *_Nonnull, void *_Nullable result,
                               void *_Nullable *_Nonnull arguments, void *_Nullable context);

/// A function pointer that calls `body`; NULL where the system allows none.
static inline void *_Nullable roost_ffi_closure(ffi_cif *_Nonnull cif, roost_ffi_body _Nonnull body,
                                                void *_Nullable context) {
    void *code = 0;
    ffi_closure *closure = (ffi_closure *)ffi_closure_alloc(sizeof(ffi_closure), &code);
    if (!closure) return 0;
    if (ffi_prep_closure_loc(closure, cif, body, context, code) == FFI_OK) return code;
    ffi_closure_free(closure);
    return 0;
}
