// What JavaScript passes to open(), unpacked. Its values were checked there; what is not given keeps the engine's
// default.
#pragma once
#include "binding/handle.h"
#include "binding/napi_wrapper.h"

namespace foreshard::binding {

HandleOptions read_options(const Napi::Object& given);

}  // namespace foreshard::binding
