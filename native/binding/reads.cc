// Reads: one key, many keys, presence.
#include <algorithm>
#include <array>

#include "binding/call.h"
#include "binding/functions.h"

namespace foreshard::binding {

namespace {

constexpr auto value_answer = [](const auto& call, Found found, const ValueView& view) -> napi_value {
  if (found == Found::yes) return call.handle().value_out(view);
  if (found == Found::no) return call.undefined();
  return call.refuse(call.store()->last_error());
};

constexpr auto view_answer = [](const auto& call, Found found, const ValueView& view) -> napi_value {
  if (found == Found::yes) return call.handle().view_out(view);
  if (found == Found::no) return call.undefined();
  return call.refuse(call.store()->last_error());
};

constexpr auto presence_answer = [](const auto& call, Found found, const ValueView&) -> napi_value {
  if (found == Found::error) return call.refuse(call.store()->last_error());
  return call.out(found == Found::yes ? uint64_t{1} : uint64_t{0});
};

int32_t not_placed(uint32_t outcome) { return -1 - static_cast<int32_t>(outcome); }

// Answers one key of getMany; false: the slab is full, ask again with a fresh one.
bool place_value(Handle& handle, Bytes key, uint64_t ticket, int32_t* place, bool& ascii, bool first) {
  ValueView view;
  int32_t& length = place[layout::place::length];
  switch (handle.store()->try_get(key, view)) {
    case Found::no: length = not_placed(layout::outcome::absent); return true;
    case Found::error: length = not_placed(layout::outcome::apart); return true;
    case Found::later:
      handle.store()->get_later(key, ticket);
      length = not_placed(layout::outcome::later);
      return true;
    case Found::yes: break;
  }
  uint32_t offset = 0;
  uint8_t* space = handle.slab_space(view.value.size(), offset);
  if (space == nullptr) {
    if (!first && view.value.size() <= Handle::kSlabValueMax) return false;
    length = not_placed(layout::outcome::apart);
    return true;
  }
  if (!view.value.empty()) std::memcpy(space, view.value.data(), view.value.size());
  ascii = ascii && is_ascii(view.value);
  length = static_cast<int32_t>(view.value.size());
  place[layout::place::offset] = static_cast<int32_t>(offset);
  return true;
}

// The one argument is a key; what needs I/O is waited for.
template <class Answer>
napi_value read_now(napi_env env, napi_callback_info info, Answer answer) {
  Call<1> call(env, info);
  KeyArgument key;
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  if (!key.read(env, call[0])) return call.refuse(Errc::bad_key);
  ValueView view;
  Found found = call.store()->try_get(key.bytes(), view);
  if (found == Found::later) found = call.store()->get_blocking(key.bytes(), view);
  return answer(call, found, view);
}

// The arguments are a key and a ticket; what needs I/O completes the ticket.
template <class Answer>
napi_value read_or_later(napi_env env, napi_callback_info info, Answer answer) {
  Call<2> call(env, info);
  KeyArgument key;
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  if (!key.read(env, call[0])) return call.refuse(Errc::bad_key);
  ValueView view;
  const Found found = call.store()->try_get(key.bytes(), view);
  if (found != Found::later) return answer(call, found, view);
  call.store()->get_later(key.bytes(), call.number(1));
  return call.null();
}

constexpr size_t kAhead = 16;
static_assert(kAhead <= kPrefetchMax);

// The next keys of a row of them, end to end from `at`, which moves on. Answers how many; none: a length is wrong.
size_t take_keys(Bytes keys, uint64_t& at, const int32_t* place, size_t count, std::array<Bytes, kAhead>& out) {
  for (size_t i = 0; i < count; ++i) {
    const auto length = static_cast<uint32_t>(place[i * layout::place::width + layout::place::length]);
    if (length == 0 || length > keys.size() - at) return 0;
    out[i] = keys.subspan(at, length);
    at += length;
  }
  return count;
}

}  // namespace

// get(key, ticket): the value if it needs no I/O; null if it comes as the completion of the ticket.
napi_value get(napi_env env, napi_callback_info info) { return read_or_later(env, info, value_answer); }

// getSync(key): the value, read from disk if need be.
napi_value get_sync(napi_env env, napi_callback_info info) { return read_now(env, info, value_answer); }

// viewSync(key): the same, over the value of the call before.
napi_value view_sync(napi_env env, napi_callback_info info) { return read_now(env, info, view_answer); }

// has(key, ticket): 1 or 0; null if the answer comes as the completion of the ticket.
napi_value has(napi_env env, napi_callback_info info) { return read_or_later(env, info, presence_answer); }

// hasSync(key): 1 or 0.
napi_value has_sync(napi_env env, napi_callback_info info) { return read_now(env, info, presence_answer); }

// getMany(keys, places, first, count, ticket): keys end to end, from the one numbered `first`, whose bytes begin at 0.
// Answers how many were dealt with before the slab was full; key i's ticket is ticket + i.
napi_value get_many(napi_env env, napi_callback_info info) {
  Call<5> call(env, info);
  MutableBytes keys;
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  const auto places = read_numbers<int32_t>(env, call[1], napi_int32_array);
  uint64_t at = 0, index = call.number(2);
  const uint64_t first = index, end = index + call.number(3), ticket = call.number(4);
  if (!read_bytes(env, call[0], keys) || end > places.size() / layout::place::width)
    return call.refuse(Errc::bad_argument);
  bool ascii = true;
  for (bool room = true; index < end && room;) {
    std::array<Bytes, kAhead> ahead;
    const size_t count = take_keys(keys, at, places.data() + index * layout::place::width, std::min<uint64_t>(end - index, kAhead), ahead);
    if (count == 0) return call.refuse(Errc::bad_argument);
    call.store()->prefetch(std::span(ahead).first(count));
    for (size_t i = 0; i < count && room; ++i) {
      int32_t* place = places.data() + index * layout::place::width;
      room = place_value(call.handle(), ahead[i], ticket + index, place, ascii, index == first);
      if (room) ++index;
    }
  }
  call.handle().answer()[layout::answer::ascii] = ascii ? 1 : 0;
  return call.out(index - first);
}

// setSlab(bytes): where values are copied to from now on.
napi_value set_slab(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  call.handle().set_slab(call[0]);
  return call.undefined();
}

// setView(bytes): where viewSync() copies values to.
napi_value set_view(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  call.handle().set_view(call[0]);
  return call.undefined();
}

}  // namespace foreshard::binding
