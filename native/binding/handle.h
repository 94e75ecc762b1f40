// An open store as the binding holds it: the engine with its disk, what JavaScript shares with it, and its end.
//
// All on the JavaScript thread of one environment. The object that JavaScript holds owns it; each of the object's
// functions keeps the object alive. release() ends the store; the rest goes with the object.
#pragma once
#include <node_api.h>

#include <memory>
#include <string>

#include "binding/collector.h"
#include "binding/wake.h"
#include "engine/io/disk.h"
#include "engine/store/store.h"

namespace foreshard::binding {

struct HandleOptions {
  StoreOptions store;
  DiskOptions disk;
  bool text_values = false;  // values are read as strings
};

bool is_ascii(Bytes bytes);

class Handle {
 public:
  explicit Handle(napi_env env) : env_(env) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle();

  // Opens the disk and begins to open the store; the end of that, good or bad, is the completion of `ticket`.
  // `object` is what JavaScript holds.
  void open(napi_value object, napi_value on_wake, HandleOptions options, uint64_t ticket);
  void close(uint64_t ticket);
  // Ends the store, without ceremony if it has not been closed, and lets go of what it held. Does nothing twice.
  void release();

  // Looks for completions for so long, without giving way.
  void spin(double microseconds) const;

  Store* store() const { return store_.get(); }
  Collector& collector() { return collector_; }
  Wake* wake() const { return wake_.get(); }

  // The Float64Array (native/constants.json: answer).
  napi_value share_answer();
  // Tells JavaScript whether completions wait; at the end of every call.
  void publish() { answer_[layout::answer::pending] = collector_.empty() ? 0 : 1; }
  // Completions as one ArrayBuffer, or undefined if there is no more than a durable mark.
  napi_value take();

  // Values that are copied into the slab cost no allocation; JavaScript makes views of it.
  void set_slab(napi_value slab);
  // Where view_out() copies to, over what was there.
  void set_view(napi_value view);
  // Larger values are not copied into the slab; JavaScript renews the slab when less than this is left.
  static constexpr uint32_t kSlabValueMax = 4096;
  // Where `size` bytes may be copied to, or null: they need a fresh slab or a buffer of their own.
  uint8_t* slab_space(size_t size, uint32_t& offset);
  napi_value value_out(const ValueView& view);
  // A length: the value is at the beginning of the view; or a buffer of its own, if it is longer than that.
  napi_value view_out(const ValueView& view);

  // A result that is no value: the error's number, negative. Its detail waits for take_detail().
  napi_value refuse(const Status& status);
  std::string take_detail() { return std::exchange(detail_, {}); }
  double* answer() { return answer_; }

 private:
  struct Reference {
    napi_ref ref = nullptr;
    void set(napi_env env, napi_value value);
    void drop(napi_env env);
  };

  static void on_environment_end(void* handle);
  void close_in_order();
  napi_value text_out(Bytes value);

  napi_env env_;
  Collector collector_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Wake> wake_;
  bool closing_ = false;
  bool text_values_ = false;
  double unshared_answer_[layout::answer::width] = {};
  double* answer_ = unshared_answer_;
  MutableBytes slab_, view_;
  Reference object_ref_, answer_ref_, slab_ref_, view_ref_;
  std::string detail_;
};

}  // namespace foreshard::binding
