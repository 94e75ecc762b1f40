// The life of an open store, and how values get to JavaScript.
#include "binding/handle.h"

#include <utility>

#include "binding/arguments.h"
#include "engine/io/thread.h"

namespace foreshard::binding {

namespace answer = layout::answer;

namespace {

constexpr size_t kSlabAlignment = 8;

// How long the end of an environment may be held up for an orderly close.
constexpr uint64_t kOrderlyEndNsMax = 2'000'000'000;
constexpr uint64_t kEndTicket = 0;

}  // namespace

bool is_ascii(Bytes bytes) {
  uint64_t bits = 0;
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) bits |= load<uint64_t>(bytes.data() + at);
  for (; at < bytes.size(); ++at) bits |= bytes[at];
  return (bits & 0x8080808080808080u) == 0;
}

void Handle::Reference::set(napi_env env, napi_value value) {
  drop(env);
  napi_create_reference(env, value, 1, &ref);
}

void Handle::Reference::drop(napi_env env) {
  if (ref != nullptr) napi_delete_reference(env, std::exchange(ref, nullptr));
}

Handle::~Handle() {
  release();
  answer_ref_.drop(env_);
}

void Handle::open(napi_value object, napi_value on_wake, HandleOptions options, uint64_t ticket) {
  text_values_ = options.text_values;
  Result<std::unique_ptr<Disk>> disk = open_disk(options.store.directory, options.disk);
  if (!disk.ok()) return collector_.on_done(ticket, disk.status(), 0);
  disk_ = std::move(disk.value());
  object_ref_.set(env_, object);
  wake_ = std::make_unique<Wake>(env_, on_wake);
  disk_->set_wake([wake = wake_.get()] { wake->call(); });
  // After the thread-safe function, so that at the end of the environment it comes before it.
  napi_add_env_cleanup_hook(env_, on_environment_end, this);
  store_ = std::make_unique<Store>(*disk_, collector_, std::move(options.store));
  collector_.watch(ticket);
  store_->open(ticket);
}

void Handle::spin(double microseconds) const {
  const uint64_t end_ns = disk_->clock().now_ns() + static_cast<uint64_t>(microseconds * 1000);
  while (!disk_->has_completions() && disk_->clock().now_ns() < end_ns) relax();
}

void Handle::close(uint64_t ticket) {
  closing_ = true;
  collector_.watch(ticket);
  store_->close(ticket);
}

void Handle::release() {
  if (disk_) napi_remove_env_cleanup_hook(env_, on_environment_end, this);
  store_.reset();
  disk_.reset();  // joins its threads, so nobody calls wake_ any more
  wake_.reset();
  slab_ = view_ = {};
  slab_ref_.drop(env_);
  view_ref_.drop(env_);
  object_ref_.drop(env_);
}

// The environment ends with the store open: a worker is terminated, or the process exits. JavaScript cannot run any
// more, so what it would have been told is dropped.
void Handle::on_environment_end(void* handle) {
  auto* self = static_cast<Handle*>(handle);
  if (self->closing_ || self->collector_.watched_end() == Errc::ok) self->close_in_order();
  self->release();
}

void Handle::close_in_order() {
  if (!closing_) close(kEndTicket);
  const uint64_t deadline = disk_->clock().now_ns() + kOrderlyEndNsMax;
  while (!collector_.watched_end() && disk_->clock().now_ns() < deadline) {
    store_->poll();
    if (collector_.watched_end() || disk_->wait() == 0) return;
    collector_.clear();
  }
}

napi_value Handle::share_answer() {
  napi_value buffer = nullptr, array = nullptr;
  void* data = nullptr;
  // In an environment that is being terminated these fail.
  if (napi_create_arraybuffer(env_, sizeof unshared_answer_, &data, &buffer) != napi_ok) return nullptr;
  if (napi_create_typedarray(env_, napi_float64_array, answer::width, buffer, 0, &array) != napi_ok) return nullptr;
  answer_ = static_cast<double*>(data);
  std::memcpy(answer_, unshared_answer_, sizeof unshared_answer_);
  answer_ref_.set(env_, array);
  return array;
}

napi_value Handle::take() {
  if (collector_.only_durable() || collector_.empty()) {
    answer_[answer::durable] = static_cast<double>(collector_.durable());
    collector_.clear();
    return nullptr;
  }
  napi_value packet;
  void* data = nullptr;
  if (napi_create_arraybuffer(env_, collector_.packet_size(), &data, &packet) != napi_ok) return nullptr;
  collector_.write_packet(static_cast<uint8_t*>(data));
  answer_[answer::rows] = static_cast<double>(collector_.rows());
  collector_.clear();
  return packet;
}

void Handle::set_slab(napi_value slab) {
  if (!read_bytes(env_, slab, slab_)) slab_ = {};
  slab_ref_.set(env_, slab);
  answer_[answer::slab_offset] = 0;
}

void Handle::set_view(napi_value view) {
  if (!read_bytes(env_, view, view_)) view_ = {};
  view_ref_.set(env_, view);
}

uint8_t* Handle::slab_space(size_t size, uint32_t& offset) {
  const uint64_t at = to_whole(answer_[answer::slab_offset]);
  if (size > kSlabValueMax || at + size > slab_.size()) return nullptr;
  offset = static_cast<uint32_t>(at);
  answer_[answer::slab_offset] = static_cast<double>(align_up(at + size, kSlabAlignment));
  return slab_.data() + at;
}

napi_value Handle::value_out(const ValueView& view) {
  answer_[answer::sequence] = static_cast<double>(view.sequence);
  answer_[answer::expiry] = static_cast<double>(view.expiry_ms);
  if (text_values_) return text_out(view.value);
  napi_value out = nullptr;
  uint32_t offset = 0;
  if (uint8_t* space = slab_space(view.value.size(), offset)) {
    if (!view.value.empty()) std::memcpy(space, view.value.data(), view.value.size());
    answer_[answer::value_offset] = offset;
    napi_create_uint32(env_, static_cast<uint32_t>(view.value.size()), &out);
  } else {
    napi_create_buffer_copy(env_, view.value.size(), view.value.data(), nullptr, &out);
  }
  return out;
}

napi_value Handle::view_out(const ValueView& view) {
  napi_value out = nullptr;
  if (view.value.size() > view_.size()) {
    napi_create_buffer_copy(env_, view.value.size(), view.value.data(), nullptr, &out);
    return out;
  }
  if (!view.value.empty()) std::memcpy(view_.data(), view.value.data(), view.value.size());
  napi_create_uint32(env_, static_cast<uint32_t>(view.value.size()), &out);
  return out;
}

// One-byte strings are made without decoding.
napi_value Handle::text_out(Bytes value) {
  const auto* text = reinterpret_cast<const char*>(value.data());
  napi_value out = nullptr;
  if (is_ascii(value)) {
    napi_create_string_latin1(env_, text, value.size(), &out);
  } else {
    napi_create_string_utf8(env_, text, value.size(), &out);
  }
  return out;
}

napi_value Handle::refuse(const Status& status) {
  detail_ = status.detail;
  napi_value out = nullptr;
  napi_create_int32(env_, -static_cast<int32_t>(status.code), &out);
  return out;
}

}  // namespace foreshard::binding
