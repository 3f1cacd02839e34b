// The yardstick of `bench -- mask`: RE2 itself, as a program in C++ would use it. It finds every match of one alternation, from left to
// right, and does nothing with them. Commands come on stdin, one answer a line goes to stdout:
//   pattern N\n<N bytes>   compiles
//   text N\n<N bytes>      what is searched from now on
//   run MS                 searches the text again and again, for at least MS milliseconds of CPU time
#include <ctime>
#include <iostream>
#include <memory>
#include <string>

#include "re2/re2.h"

namespace {

std::string ReadBytes() {
  size_t length = 0;
  std::cin >> length;
  std::cin.get();
  std::string bytes(length, '\0');
  std::cin.read(bytes.data(), static_cast<std::streamsize>(length));
  return bytes;
}

size_t FindAll(const RE2& pattern, const std::string& text) {
  size_t matches = 0;
  size_t at = 0;
  absl::string_view match;
  while (at <= text.size() && pattern.Match(text, at, text.size(), RE2::UNANCHORED, &match, 1)) {
    matches++;
    const size_t end = static_cast<size_t>(match.data() - text.data()) + match.size();
    at = match.empty() ? end + 1 : end;
  }
  return matches;
}

}  // namespace

int main() {
  std::unique_ptr<RE2> pattern;
  std::string text;
  std::string command;
  while (std::cin >> command) {
    if (command == "pattern") {
      pattern = std::make_unique<RE2>(ReadBytes(), RE2::Quiet);
      std::cout << (pattern->ok() ? "ok" : "bad pattern") << std::endl;
    } else if (command == "text") {
      text = ReadBytes();
      std::cout << "ok" << std::endl;
    } else if (command == "run" && pattern != nullptr) {
      double milliseconds = 0;
      std::cin >> milliseconds;
      const std::clock_t started = std::clock();
      double elapsed = 0;
      size_t passes = 0;
      size_t matches = 0;
      do {
        matches = FindAll(*pattern, text);
        passes++;
        elapsed = static_cast<double>(std::clock() - started) * 1000 / CLOCKS_PER_SEC;
      } while (elapsed < milliseconds);
      std::cout << elapsed / static_cast<double>(passes) << ' ' << matches << std::endl;
    } else {
      return 1;
    }
  }
}
