// SPDX-License-Identifier: Apache-2.0
#include "formats/pickle_reader.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "formats/pickle_codes.h"
#include "formats/tensor_entry.h"

namespace seg {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's numbers are used where they lie");

constexpr std::array<std::string_view, 15> kAllowedGlobals = {"collections.OrderedDict",
                                                              "torch._utils._rebuild_tensor",
                                                              "torch._utils._rebuild_tensor_v2",
                                                              "torch._utils._rebuild_parameter",
                                                              "torch.nn.parameter.Parameter",
                                                              "torch.FloatStorage",
                                                              "torch.DoubleStorage",
                                                              "torch.HalfStorage",
                                                              "torch.BFloat16Storage",
                                                              "torch.LongStorage",
                                                              "torch.IntStorage",
                                                              "torch.ShortStorage",
                                                              "torch.CharStorage",
                                                              "torch.ByteStorage",
                                                              "torch.BoolStorage"};
constexpr std::string_view kOrderedDict = kAllowedGlobals[0], kParameter = kAllowedGlobals[4];

// What they make stands beside weights and is not looked into: what scripts note about a run. NumPy's numbers and
// arrays are made of a dtype and of bytes, which older protocols hold as a text to be encoded. `__builtin__` is
// Python 2's name.
constexpr std::array<std::string_view, 45> kOpaqueGlobals = {"argparse.Namespace",
                                                             "numpy.core.multiarray.scalar",
                                                             "numpy._core.multiarray.scalar",
                                                             "numpy.core.multiarray._reconstruct",
                                                             "numpy._core.multiarray._reconstruct",
                                                             "numpy._core.numeric._frombuffer",
                                                             "numpy.core.numeric._frombuffer",
                                                             "numpy.ndarray",
                                                             "numpy.dtype",
                                                             "_codecs.encode",
                                                             "__builtin__.set",
                                                             "__builtin__.frozenset",
                                                             "__builtin__.complex",
                                                             "__builtin__.bytearray",
                                                             "__builtin__.bytes",
                                                             "__builtin__.list",
                                                             "__builtin__.dict",
                                                             "__builtin__.int",
                                                             "__builtin__.float",
                                                             "builtins.set",
                                                             "builtins.frozenset",
                                                             "builtins.complex",
                                                             "builtins.bytearray",
                                                             "builtins.bytes",
                                                             "builtins.list",
                                                             "builtins.dict",
                                                             "builtins.int",
                                                             "builtins.float",
                                                             "collections.defaultdict",
                                                             "collections.Counter",
                                                             "collections.deque",
                                                             "datetime.date",
                                                             "datetime.datetime",
                                                             "datetime.timedelta",
                                                             "pathlib.PosixPath",
                                                             "pathlib.WindowsPath",
                                                             "pathlib._local.PosixPath",
                                                             "pathlib._local.WindowsPath",
                                                             "torch.Size",
                                                             "torch.bfloat16",
                                                             "torch.device",
                                                             "torch.float16",
                                                             "torch.float32",
                                                             "torch.float64",
                                                             "torch.int64"};

// The same text, which lives as long as the program; nothing for what is not allowed.
std::string_view allowed_global(std::string_view name) {
  for (const std::span<const std::string_view> names :
       {std::span<const std::string_view>(kAllowedGlobals), std::span<const std::string_view>(kOpaqueGlobals)})
    if (const auto known = std::ranges::find(names, name); known != names.end()) return *known;
  return {};
}

bool is_opaque(std::string_view global) { return std::ranges::find(kOpaqueGlobals, global) != kOpaqueGlobals.end(); }

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  std::uint32_t run() {
    while (true) {
      instruction_at_ = at_;
      count_steps(1);
      const auto code = static_cast<PickleCode>(take<std::uint8_t>());
      if (code == PickleCode::stop) {
        const std::uint32_t root = pop();
        if (!stack_.empty() || !marks_.empty()) refuse("ends with values left over");
        return root;
      }
      execute(code);
    }
  }

  std::size_t position() const { return at_; }
  std::vector<PickleValue> take_values() { return std::move(values_); }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    fail(where_, "its pickle " + what + ", at byte " + std::to_string(instruction_at_),
         "the file is damaged or no file of weights: copy or download it again");
  }
  [[noreturn]] void refuse_foreign(const std::string& what) const {
    fail(where_, "its pickle " + what + ", which no dictionary of weights needs; nothing of it was executed",
         "in Python, save the weights alone: torch.save(model.state_dict(), FILE)");
  }

  void count_steps(std::size_t count) {
    steps_ += count;
    if (steps_ > kMaxPickleSteps) refuse("has more than " + std::to_string(kMaxPickleSteps) + " instructions");
  }

  std::string_view take_text(std::uint64_t length) {
    if (bytes_.size() - at_ < length) refuse("ends too early");
    const std::string_view text(reinterpret_cast<const char*>(bytes_.data()) + at_, length);
    at_ += length;
    return text;
  }
  template <class Number>
  Number take() {
    Number number{};
    std::memcpy(&number, take_text(sizeof number).data(), sizeof number);
    return number;
  }
  std::string_view take_line() {
    const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()) + at_, bytes_.size() - at_);
    const std::size_t length = rest.find('\n');
    if (length == rest.npos) refuse("ends too early");
    at_ += length + 1;
    return rest.substr(0, length);
  }

  void push(std::uint32_t number) { stack_.push_back(number); }
  void push(PickleValue value) {
    values_.push_back(std::move(value));
    push(static_cast<std::uint32_t>(values_.size() - 1));
  }
  void push_integer(std::int64_t integer) { push({.kind = PickleKind::integer, .integer = integer}); }
  void push_boolean(bool value) { push({.kind = PickleKind::boolean, .integer = value}); }
  void push_text(std::string_view text) { push({.kind = PickleKind::text, .text = text}); }
  void push_opaque() { push({.kind = PickleKind::opaque}); }
  void push_bytes(std::uint64_t length) {
    (void)take_text(length);
    push_opaque();
  }
  void push_global(std::string_view module, std::string_view name) {
    const std::string global = std::string(module) + '.' + std::string(name);
    const std::string_view known = allowed_global(global);
    if (known.empty()) refuse_foreign("asks for " + shown(global));
    push({.kind = PickleKind::global, .text = known});
  }

  // What a mark protects belongs to those who come after it.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  std::uint32_t pop() {
    if (stack_.size() <= floor()) refuse("takes a value where there is none");
    const std::uint32_t number = stack_.back();
    stack_.pop_back();
    return number;
  }
  std::vector<std::uint32_t> pop(std::size_t count) {
    if (stack_.size() - floor() < count) refuse("takes a value where there is none");
    std::vector<std::uint32_t> numbers(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return numbers;
  }
  std::vector<std::uint32_t> pop_to_mark() {
    if (marks_.empty()) refuse("looks for a mark where there is none");
    std::vector<std::uint32_t> numbers = pop(stack_.size() - marks_.back());
    marks_.pop_back();
    return numbers;
  }
  PickleValue& top(PickleKind kind) {
    if (stack_.size() <= floor()) refuse("takes a value where there is none");
    PickleValue& value = values_[stack_.back()];
    if (value.kind != kind)
      refuse("adds to " + std::string(name_of(value.kind)) + " as if it were " + std::string(name_of(kind)));
    return value;
  }

  bool is_opaque_on_top() const { return stack_.size() > floor() && values_[stack_.back()].kind == PickleKind::opaque; }
  void add_to_set() {
    (void)pop_to_mark();
    if (!is_opaque_on_top()) refuse("adds to a set where there is none");
  }

  void remember(std::uint32_t place) {
    if (stack_.size() <= floor()) refuse("takes a value where there is none");
    memo_[place] = stack_.back();
  }
  void recall(std::uint32_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) refuse("recalls a value that it did not keep");
    push(found->second);
  }

  void extend(PickleKind kind, const std::vector<std::uint32_t>& numbers) {
    if (kind == PickleKind::dict && numbers.size() % 2 != 0) refuse("has a key without a value");
    if (is_opaque_on_top()) return;
    std::vector<std::uint32_t>& items = top(kind).items;
    items.insert(items.end(), numbers.begin(), numbers.end());
  }

  // Python 2 hands an OrderedDict its content as a list of pairs.
  PickleValue ordered_dict(const PickleValue& arguments) {
    PickleValue dict{.kind = PickleKind::dict};
    if (arguments.items.empty()) return dict;
    const PickleValue& pairs = values_[arguments.items.front()];
    if (arguments.items.size() != 1 || pairs.kind != PickleKind::list)
      refuse("makes an OrderedDict of what is no list");
    count_steps(pairs.items.size());  // a list may be asked for again and again
    for (const std::uint32_t number : pairs.items) {
      const PickleValue& pair = values_[number];
      if ((pair.kind != PickleKind::list && pair.kind != PickleKind::tuple) || pair.items.size() != 2)
        refuse("makes an OrderedDict of what are no pairs");
      dict.items.insert(dict.items.end(), pair.items.begin(), pair.items.end());
    }
    return dict;
  }
  // The name of what is called, which lies below its arguments.
  std::string_view called(std::uint32_t function, std::uint32_t arguments) const {
    if (values_[arguments].kind != PickleKind::tuple) refuse("calls with what is no tuple");
    if (values_[function].kind != PickleKind::global)
      refuse("calls " + std::string(name_of(values_[function].kind)) + ", which is no function");
    return values_[function].text;
  }
  void make_object() {
    const std::uint32_t arguments = pop(), function = pop();
    const std::string_view name = called(function, arguments);
    if (!is_opaque(name)) refuse_foreign("makes a " + std::string(name));
    push_opaque();
  }
  void call() {
    const std::uint32_t arguments = pop(), function = pop();
    const std::string_view name = called(function, arguments);
    if (is_opaque(name)) return push_opaque();
    if (name.ends_with("Storage")) refuse_foreign("makes a " + std::string(name));
    if (name == kOrderedDict) return push(ordered_dict(values_[arguments]));
    push({.kind = PickleKind::call, .items = {function, arguments}});
  }
  // Attributes of an OrderedDict and the state of a Parameter (whether it needs a gradient) do not concern weights; nor
  // does what an object holds that is passed over.
  void give_attributes() {
    const std::uint32_t state = pop();
    if (stack_.size() <= floor()) refuse("takes a value where there is none");
    const PickleValue& object = values_[stack_.back()];
    if (object.kind == PickleKind::opaque) return;
    const bool is_parameter = object.kind == PickleKind::call && values_[object.items.front()].text == kParameter &&
                              values_[state].kind == PickleKind::tuple;
    if (!is_parameter && (object.kind != PickleKind::dict || values_[state].kind != PickleKind::dict))
      refuse("gives attributes to " + std::string(name_of(object.kind)));
  }

  void push_long(std::uint64_t length) {
    const std::string_view raw = take_text(length);
    if (raw.size() > sizeof(std::int64_t)) return push({.kind = PickleKind::large, .text = raw});
    std::uint64_t bits = 0;
    std::memcpy(&bits, raw.data(), raw.size());
    const bool is_negative = !raw.empty() && (static_cast<unsigned char>(raw.back()) & 0x80) != 0;
    if (is_negative && raw.size() < sizeof bits) bits |= ~std::uint64_t{0} << (8 * raw.size());
    push_integer(static_cast<std::int64_t>(bits));
  }

  void execute(PickleCode code) {
    if (execute_value(code) || execute_container(code) || execute_memory(code)) return;
    const auto number = static_cast<unsigned>(code);
    constexpr std::string_view kDigits = "0123456789abcdef";
    refuse(std::string("has an instruction that is not read here: 0x") + kDigits[number / 16] + kDigits[number % 16]);
  }

  bool execute_value(PickleCode code) {
    switch (code) {
      case PickleCode::none: push(PickleValue{}); return true;
      case PickleCode::yes: push_boolean(true); return true;
      case PickleCode::no: push_boolean(false); return true;
      case PickleCode::int8: push_integer(take<std::uint8_t>()); return true;
      case PickleCode::int16: push_integer(take<std::uint16_t>()); return true;
      case PickleCode::int32: push_integer(take<std::int32_t>()); return true;
      case PickleCode::long8: push_long(take<std::uint8_t>()); return true;
      case PickleCode::long32: push_long(take<std::uint32_t>()); return true;
      case PickleCode::real: (void)take_text(8), push({.kind = PickleKind::real}); return true;
      case PickleCode::text8:
      case PickleCode::old_text8: push_text(take_text(take<std::uint8_t>())); return true;
      case PickleCode::text32:
      case PickleCode::old_text32: push_text(take_text(take<std::uint32_t>())); return true;
      case PickleCode::text64: push_text(take_text(take<std::uint64_t>())); return true;
      case PickleCode::bytes8: push_bytes(take<std::uint8_t>()); return true;
      case PickleCode::bytes32: push_bytes(take<std::uint32_t>()); return true;
      case PickleCode::bytearray64: push_bytes(take<std::uint64_t>()); return true;
      default: return false;
    }
  }

  bool execute_container(PickleCode code) {
    switch (code) {
      case PickleCode::empty_tuple: push({.kind = PickleKind::tuple}); return true;
      case PickleCode::empty_list: push({.kind = PickleKind::list}); return true;
      case PickleCode::empty_dict: push({.kind = PickleKind::dict}); return true;
      case PickleCode::tuple1: push({.kind = PickleKind::tuple, .items = pop(1)}); return true;
      case PickleCode::tuple2: push({.kind = PickleKind::tuple, .items = pop(2)}); return true;
      case PickleCode::tuple3: push({.kind = PickleKind::tuple, .items = pop(3)}); return true;
      case PickleCode::tuple: push({.kind = PickleKind::tuple, .items = pop_to_mark()}); return true;
      case PickleCode::append: extend(PickleKind::list, pop(1)); return true;
      case PickleCode::appends: extend(PickleKind::list, pop_to_mark()); return true;
      case PickleCode::set_item: extend(PickleKind::dict, pop(2)); return true;
      case PickleCode::set_items: extend(PickleKind::dict, pop_to_mark()); return true;
      case PickleCode::empty_set: push_opaque(); return true;
      case PickleCode::add_items: add_to_set(); return true;
      case PickleCode::frozen_set: (void)pop_to_mark(), push_opaque(); return true;
      case PickleCode::reduce: call(); return true;
      case PickleCode::new_object: make_object(); return true;
      case PickleCode::build: give_attributes(); return true;
      case PickleCode::persistent_id: push({.kind = PickleKind::persistent, .items = pop(1)}); return true;
      default: return false;
    }
  }

  bool execute_memory(PickleCode code) {
    switch (code) {
      case PickleCode::protocol: check_protocol(take<std::uint8_t>()); return true;
      case PickleCode::frame: check_frame(take<std::uint64_t>()); return true;
      case PickleCode::mark: marks_.push_back(stack_.size()); return true;
      case PickleCode::pop: (void)pop(); return true;
      case PickleCode::pop_mark: (void)pop_to_mark(); return true;
      case PickleCode::put8: remember(take<std::uint8_t>()); return true;
      case PickleCode::put32: remember(take<std::uint32_t>()); return true;
      case PickleCode::put_next: remember(static_cast<std::uint32_t>(memo_.size())); return true;
      case PickleCode::get8: recall(take<std::uint8_t>()); return true;
      case PickleCode::get32: recall(take<std::uint32_t>()); return true;
      case PickleCode::global: {
        const std::string_view module = take_line();
        push_global(module, take_line());
        return true;
      }
      case PickleCode::stack_global: {
        const std::uint32_t name = pop(), module = pop();
        if (values_[name].kind != PickleKind::text || values_[module].kind != PickleKind::text)
          refuse("names a global by what is no text");
        push_global(values_[module].text, values_[name].text);
        return true;
      }
      default: return false;
    }
  }

  void check_protocol(unsigned version) const {
    if (version < 2 || version > 5) refuse("is of protocol " + std::to_string(version) + ", not of 2 to 5");
  }
  void check_frame(std::uint64_t length) const {
    if (length > bytes_.size() - at_) refuse("ends too early");
  }

  std::span<const std::byte> bytes_;
  const std::string& where_;
  std::size_t at_ = 0, instruction_at_ = 0, steps_ = 0;
  std::vector<PickleValue> values_;
  std::vector<std::uint32_t> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, std::uint32_t> memo_;
};

}  // namespace

std::string_view name_of(PickleKind kind) noexcept {
  switch (kind) {
    case PickleKind::none: return "None";
    case PickleKind::boolean: return "a truth value";
    case PickleKind::integer: return "a number";
    case PickleKind::large: return "a large number";
    case PickleKind::real: return "a fraction";
    case PickleKind::text: return "a text";
    case PickleKind::tuple: return "a tuple";
    case PickleKind::list: return "a list";
    case PickleKind::dict: return "a dictionary";
    case PickleKind::global: return "a function";
    case PickleKind::call: return "a tensor";
    case PickleKind::persistent: return "a storage";
    case PickleKind::opaque: return "an object";
  }
  return "something";
}

Pickle::Pickle(std::span<const std::byte> bytes, const std::string& where) {
  Machine machine(bytes.first(std::min(bytes.size(), kMaxPickleBytes)), where);
  root_ = machine.run();
  size_ = machine.position();
  values_ = machine.take_values();
}

}  // namespace seg
