;; Where a canonical JSON object ends: the same rule as core/ledger/canonical-scan.ts, which says why of each of its parts, and sixteen
;; bytes of a text at a time. Bytes begin at 0; behind them is a 0, which ends whatever is not ended, and fifteen more that may be read.
(module
  (memory (export "memory") 1)

  ;; Of the byte before which text of a string stops: a quote, a backslash, a control character.
  (func $text_end (param $at i32) (result i32)
    (local $sixteen v128) (local $stops i32)
    (loop $more
      (local.set $sixteen (v128.load (local.get $at)))
      (local.set $stops (i8x16.bitmask (v128.or
        (i8x16.lt_u (local.get $sixteen) (v128.const i32x4 0x20202020 0x20202020 0x20202020 0x20202020))
        (v128.or
          (i8x16.eq (local.get $sixteen) (v128.const i32x4 0x22222222 0x22222222 0x22222222 0x22222222))
          (i8x16.eq (local.get $sixteen) (v128.const i32x4 0x5c5c5c5c 0x5c5c5c5c 0x5c5c5c5c 0x5c5c5c5c))))))
      (if (i32.eqz (local.get $stops))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $more))))
    (i32.add (local.get $at) (i32.ctz (local.get $stops))))

  ;; The same of a key, which stops at a byte that is not ASCII as well: as a signed number it is below the control characters.
  (func $key_end (param $at i32) (result i32)
    (local $sixteen v128) (local $stops i32)
    (loop $more
      (local.set $sixteen (v128.load (local.get $at)))
      (local.set $stops (i8x16.bitmask (v128.or
        (i8x16.lt_s (local.get $sixteen) (v128.const i32x4 0x20202020 0x20202020 0x20202020 0x20202020))
        (v128.or
          (i8x16.eq (local.get $sixteen) (v128.const i32x4 0x22222222 0x22222222 0x22222222 0x22222222))
          (i8x16.eq (local.get $sixteen) (v128.const i32x4 0x5c5c5c5c 0x5c5c5c5c 0x5c5c5c5c 0x5c5c5c5c))))))
      (if (i32.eqz (local.get $stops))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $more))))
    (i32.add (local.get $at) (i32.ctz (local.get $stops))))

  ;; $at: of the backslash.
  (func $escape_end (param $at i32) (result i32)
    (local $byte i32) (local $high i32) (local $low i32)
    (local.set $byte (i32.load8_u offset=1 (local.get $at)))
    (if (i32.or
          (i32.or
            (i32.or (i32.eq (local.get $byte) (i32.const 0x22)) (i32.eq (local.get $byte) (i32.const 0x5c)))
            (i32.or (i32.eq (local.get $byte) (i32.const 0x62)) (i32.eq (local.get $byte) (i32.const 0x66))))
          (i32.or
            (i32.eq (local.get $byte) (i32.const 0x6e))
            (i32.or (i32.eq (local.get $byte) (i32.const 0x72)) (i32.eq (local.get $byte) (i32.const 0x74)))))
      (then (return (i32.add (local.get $at) (i32.const 2)))))
    ;; \u00, as it lies in memory.
    (if (i32.ne (i32.load (local.get $at)) (i32.const 0x3030755c)) (then (return (i32.const -1))))
    (local.set $high (i32.load8_u offset=4 (local.get $at)))
    (local.set $low (i32.load8_u offset=5 (local.get $at)))
    (if (i32.gt_u (i32.sub (local.get $high) (i32.const 0x30)) (i32.const 1)) (then (return (i32.const -1))))
    (if (i32.and
          (i32.gt_u (i32.sub (local.get $low) (i32.const 0x30)) (i32.const 9))
          (i32.gt_u (i32.sub (local.get $low) (i32.const 0x61)) (i32.const 5)))
      (then (return (i32.const -1))))
    ;; 08, 09, 0a, 0c and 0d have a letter.
    (if (i32.and
          (i32.eq (local.get $high) (i32.const 0x30))
          (i32.or
            (i32.or (i32.eq (local.get $low) (i32.const 0x38)) (i32.eq (local.get $low) (i32.const 0x39)))
            (i32.or
              (i32.eq (local.get $low) (i32.const 0x61))
              (i32.or (i32.eq (local.get $low) (i32.const 0x63)) (i32.eq (local.get $low) (i32.const 0x64))))))
      (then (return (i32.const -1))))
    (i32.add (local.get $at) (i32.const 6)))

  ;; $at: behind the first quote.
  (func $string_end (param $at i32) (result i32)
    (local $byte i32)
    (loop $more
      (local.set $at (call $text_end (local.get $at)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 0x22)) (then (return (i32.add (local.get $at) (i32.const 1)))))
      (if (i32.ne (local.get $byte) (i32.const 0x5c)) (then (return (i32.const -1))))
      (local.set $at (call $escape_end (local.get $at)))
      (br_if $more (i32.ge_s (local.get $at) (i32.const 0))))
    (i32.const -1))

  ;; A safe integer in its one spelling.
  (func $integer_end (param $at i32) (result i32)
    (local $first i32) (local $end i32) (local $digit i32) (local $value i64)
    (local.set $first
      (i32.add (local.get $at) (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2d))))
    (local.set $end (local.get $first))
    (block $done
      (loop $more
        (local.set $digit (i32.sub (i32.load8_u (local.get $end)) (i32.const 0x30)))
        (br_if $done (i32.gt_u (local.get $digit) (i32.const 9)))
        (local.set $value
          (i64.add (i64.mul (local.get $value) (i64.const 10)) (i64.extend_i32_u (local.get $digit))))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        (br $more)))
    (if (i32.eq (i32.load8_u (local.get $first)) (i32.const 0x30))
      (then
        (return (select (local.get $end) (i32.const -1)
          (i32.eq (local.get $end) (i32.add (local.get $at) (i32.const 1)))))))
    (select (local.get $end) (i32.const -1)
      (i32.and
        (i32.and
          (i32.gt_u (local.get $end) (local.get $first))
          (i32.le_u (i32.sub (local.get $end) (local.get $first)) (i32.const 16)))
        (i64.le_u (local.get $value) (i64.const 9007199254740991)))))

  (func $value_end (param $at i32) (param $depth i32) (result i32)
    (local $byte i32)
    (local.set $byte (i32.load8_u (local.get $at)))
    (if (i32.eq (local.get $byte) (i32.const 0x22))
      (then (return (call $string_end (i32.add (local.get $at) (i32.const 1))))))
    (if (i32.eq (local.get $byte) (i32.const 0x7b))
      (then (return (call $object_end (local.get $at) (i32.add (local.get $depth) (i32.const 1))))))
    (if (i32.eq (local.get $byte) (i32.const 0x5b))
      (then (return (call $array_end (local.get $at) (i32.add (local.get $depth) (i32.const 1))))))
    ;; true, null, fals(e), as they lie in memory.
    (if (i32.or
          (i32.eq (i32.load (local.get $at)) (i32.const 0x65757274))
          (i32.eq (i32.load (local.get $at)) (i32.const 0x6c6c756e)))
      (then (return (i32.add (local.get $at) (i32.const 4)))))
    (if (i32.and
          (i32.eq (i32.load (local.get $at)) (i32.const 0x736c6166))
          (i32.eq (i32.load8_u offset=4 (local.get $at)) (i32.const 0x65)))
      (then (return (i32.add (local.get $at) (i32.const 5)))))
    (call $integer_end (local.get $at)))

  (func $array_end (param $at i32) (param $depth i32) (result i32)
    (local $byte i32)
    (if (i32.gt_u (local.get $depth) (i32.const 32)) (then (return (i32.const -1))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x5d))
      (then (return (i32.add (local.get $at) (i32.const 1)))))
    (loop $more
      (local.set $at (call $value_end (local.get $at) (local.get $depth)))
      (if (i32.lt_s (local.get $at) (i32.const 0)) (then (return (i32.const -1))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.eq (local.get $byte) (i32.const 0x5d)) (then (return (local.get $at))))
      (br_if $more (i32.eq (local.get $byte) (i32.const 0x2c))))
    (i32.const -1))

  ;; Whether the key at $a is before the one at $b, byte by byte, which of ASCII is the order of UTF-16 code units.
  (func $is_before (param $a i32) (param $a_end i32) (param $b i32) (param $b_end i32) (result i32)
    (local $left i32) (local $right i32)
    (block $done
      (loop $more
        (br_if $done
          (i32.or
            (i32.ge_u (local.get $a) (local.get $a_end))
            (i32.ge_u (local.get $b) (local.get $b_end))))
        (local.set $left (i32.load8_u (local.get $a)))
        (local.set $right (i32.load8_u (local.get $b)))
        (if (i32.ne (local.get $left) (local.get $right))
          (then (return (i32.lt_u (local.get $left) (local.get $right)))))
        (local.set $a (i32.add (local.get $a) (i32.const 1)))
        (local.set $b (i32.add (local.get $b) (i32.const 1)))
        (br $more)))
    (i32.and
      (i32.eq (local.get $a) (local.get $a_end))
      (i32.lt_u (local.get $b) (local.get $b_end))))

  (func $object_end (export "objectEnd") (param $at i32) (param $depth i32) (result i32)
    (local $key i32) (local $key_end i32) (local $before i32) (local $before_end i32) (local $byte i32)
    (if (i32.or
          (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x7b))
          (i32.gt_u (local.get $depth) (i32.const 32)))
      (then (return (i32.const -1))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x7d))
      (then (return (i32.add (local.get $at) (i32.const 1)))))
    (loop $more
      (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)) (then (return (i32.const -1))))
      (local.set $key (i32.add (local.get $at) (i32.const 1)))
      (local.set $key_end (call $key_end (local.get $key)))
      ;; A quote and a colon, as they lie in memory.
      (if (i32.ne (i32.load16_u (local.get $key_end)) (i32.const 0x3a22)) (then (return (i32.const -1))))
      ;; No key is at 0, where the first brace is at the earliest.
      (if (local.get $before)
        (then
          (if (i32.eqz (call $is_before
                (local.get $before) (local.get $before_end) (local.get $key) (local.get $key_end)))
            (then (return (i32.const -1))))))
      (local.set $before (local.get $key))
      (local.set $before_end (local.get $key_end))
      (local.set $at (call $value_end (i32.add (local.get $key_end) (i32.const 2)) (local.get $depth)))
      (if (i32.lt_s (local.get $at) (i32.const 0)) (then (return (i32.const -1))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.eq (local.get $byte) (i32.const 0x7d)) (then (return (local.get $at))))
      (br_if $more (i32.eq (local.get $byte) (i32.const 0x2c))))
    (i32.const -1)))
