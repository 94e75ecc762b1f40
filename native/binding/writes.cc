// Writes: one record, packed batches, the end of a turn.
#include "binding/call.h"
#include "binding/functions.h"

namespace foreshard::binding {

namespace operation = layout::operation;

static_assert(static_cast<uint32_t>(ConditionKind::none) == layout::condition::none);
static_assert(static_cast<uint32_t>(ConditionKind::absent) == layout::condition::absent);
static_assert(static_cast<uint32_t>(ConditionKind::sequence) == layout::condition::sequence);

namespace {

// Keys and values end to end, and the numbers that say what they are (native/constants.json: operation).
Status unpack(Bytes bytes, std::span<const double> numbers, std::vector<Operation>& out) {
  out.reserve(numbers.size() / operation::width);
  size_t at = 0;
  for (size_t i = 0; i + operation::width <= numbers.size(); i += operation::width) {
    const double* row = numbers.data() + i;
    const uint64_t key_length = to_whole(row[operation::key_length]);
    const uint64_t value_length = to_whole(row[operation::value_length]);
    const auto kind = static_cast<RecordKind>(to_whole(row[operation::kind]));
    const uint64_t condition = to_whole(row[operation::condition]);
    if (key_length > bytes.size() - at || value_length > bytes.size() - at - key_length) return Errc::bad_argument;
    if (kind != RecordKind::put && kind != RecordKind::del) return Errc::bad_argument;
    if (condition >= layout::condition::width) return Errc::bad_argument;
    if (key_length == 0 || key_length > option::max_key_bytes.standard) return Errc::bad_key;
    out.push_back({.kind = kind,
                   .key = bytes.subspan(at, key_length),
                   .value = bytes.subspan(at + key_length, value_length),
                   .expiry_ms = to_whole(row[operation::expiry]),
                   .condition = static_cast<ConditionKind>(condition),
                   .sequence = to_whole(row[operation::sequence])});
    at += key_length + value_length;
  }
  return {};
}

// Arguments 0 to 2: bytes, numbers, count of operations.
template <class Arguments>
Status read_operations(const Arguments& call, std::vector<Operation>& out) {
  MutableBytes bytes;
  const auto numbers = read_numbers<double>(call.env(), call[1], napi_float64_array);
  const uint64_t count = call.number(2);
  if (!read_bytes(call.env(), call[0], bytes) || count > numbers.size() / operation::width) return Errc::bad_argument;
  return unpack(bytes, numbers.first(count * operation::width), out);
}

}  // namespace

// put(key, value, expiry): the sequence number.
napi_value put(napi_env env, napi_callback_info info) {
  Call<3> call(env, info);
  KeyArgument key;
  BytesArgument value;
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  if (!key.read(env, call[0])) return call.refuse(Errc::bad_key);
  if (!value.read(env, call[1])) return call.refuse(Errc::bad_value);
  const Operation one{.key = key.bytes(), .value = value.bytes(), .expiry_ms = call.number(2)};
  return call.out(call.store()->write({&one, 1}));
}

// del(key): the sequence number.
napi_value del(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  KeyArgument key;
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  if (!key.read(env, call[0])) return call.refuse(Errc::bad_key);
  const Operation one{.kind = RecordKind::del, .key = key.bytes(), .value = {}};
  return call.out(call.store()->write({&one, 1}));
}

// write(bytes, numbers, count): the sequence number of the last operation.
napi_value write(napi_env env, napi_callback_info info) {
  Call<3> call(env, info);
  std::vector<Operation> operations;
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  const Status status = read_operations(call, operations);
  return status.ok() ? call.out(call.store()->write(operations)) : call.refuse(status);
}

// writeIf(bytes, numbers, count, ticket): ends with a completion.
napi_value write_if(napi_env env, napi_callback_info info) {
  Call<4> call(env, info);
  std::vector<Operation> operations;
  Store* store = call.store_for(call.number(3));
  if (store == nullptr) return call.undefined();
  const Status status = read_operations(call, operations);
  if (status.ok()) {
    store->write_if(operations, call.number(3));
  } else {
    call.handle().collector().on_done(call.number(3), status, 0);
  }
  return call.undefined();
}

// submit(): the end of the turn.
napi_value submit(napi_env env, napi_callback_info info) {
  Call<0> call(env, info);
  if (call.store() != nullptr) call.store()->submit();
  return call.undefined();
}

// waitDurable(sequence): blocks; 0, or the error.
napi_value wait_durable(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  return call.refuse(call.store()->wait_durable(call.number(0)));
}

}  // namespace foreshard::binding
