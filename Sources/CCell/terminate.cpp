// Says what a C++ exception was that nobody caught. The library's own handler says it once in the life
// of a process and then takes every later one for a recursion, since it never leaves the first.
#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <typeinfo>

extern "C" void cell_terminate_install(void);

// What the exception says of itself; empty when it isn't a standard one.
static void describe(char *text, size_t size) {
    try {
        throw;
    } catch (const std::exception &error) {
        snprintf(text, size, ": %s", error.what());
    } catch (...) {
        text[0] = 0;
    }
}

[[noreturn]] static void on_terminate() {
    const std::type_info *type = abi::__cxa_current_exception_type();
    if (!type) {
        fputs("terminate called without an active exception\n", stderr);
        abort();
    }
    char said[512];
    describe(said, sizeof said);
    int status = 0;
    char *name = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
    char line[1024];
    snprintf(line, sizeof line, "terminate called after throwing %s%s\n",
             name ? name : type->name(), said);
    free(name);
    fputs(line, stderr);
    abort();
}

void cell_terminate_install(void) { std::set_terminate(on_terminate); }
