;; The inner loop of scan.ts: a table is followed through six parts of a text at once, each from its end to its front. Assembled into
;; table-walk.ts (table-walk.test.ts does it again and compares).
;;
;; In memory: the table, from address 0 on, 128 numbers of 16 bits for each state (table.ts says what they mean); the text; six states;
;; and six lists of what was found.
(module
  (memory (export "memory") 0 160)
  ;; $left     bytes that each lane has still to read
  ;; $a … $f   behind the byte that each lane reads next
  ;; $states   where the six states are, then the ends of the six lists
  ;; Returns what is left: 0, or more where a number is not in the table yet.
  (func (export "walk")
    (param $left i32) (param $a i32) (param $b i32) (param $c i32) (param $d i32) (param $e i32) (param $f i32) (param $states i32) (result i32)
    (local $ofA i32) (local $ofB i32) (local $ofC i32) (local $ofD i32) (local $ofE i32) (local $ofF i32)
    (local $nextA i32) (local $nextB i32) (local $nextC i32) (local $nextD i32) (local $nextE i32) (local $nextF i32)
    (local $endA i32) (local $endB i32) (local $endC i32) (local $endD i32) (local $endE i32) (local $endF i32)
    (local.set $ofA (i32.load offset=0 (local.get $states)))
    (local.set $ofB (i32.load offset=4 (local.get $states)))
    (local.set $ofC (i32.load offset=8 (local.get $states)))
    (local.set $ofD (i32.load offset=12 (local.get $states)))
    (local.set $ofE (i32.load offset=16 (local.get $states)))
    (local.set $ofF (i32.load offset=20 (local.get $states)))
    (local.set $endA (i32.load offset=24 (local.get $states)))
    (local.set $endB (i32.load offset=28 (local.get $states)))
    (local.set $endC (i32.load offset=32 (local.get $states)))
    (local.set $endD (i32.load offset=36 (local.get $states)))
    (local.set $endE (i32.load offset=40 (local.get $states)))
    (local.set $endF (i32.load offset=44 (local.get $states)))
    (block $out
      (loop $on
        (br_if $out (i32.eqz (local.get $left)))
        (local.set $a (i32.sub (local.get $a) (i32.const 1)))
        (local.set $b (i32.sub (local.get $b) (i32.const 1)))
        (local.set $c (i32.sub (local.get $c) (i32.const 1)))
        (local.set $d (i32.sub (local.get $d) (i32.const 1)))
        (local.set $e (i32.sub (local.get $e) (i32.const 1)))
        (local.set $f (i32.sub (local.get $f) (i32.const 1)))
        (local.set $nextA (i32.load16_s (i32.add (i32.shl (local.get $ofA) (i32.const 8)) (i32.shl (i32.load8_u (local.get $a)) (i32.const 1)))))
        (local.set $nextB (i32.load16_s (i32.add (i32.shl (local.get $ofB) (i32.const 8)) (i32.shl (i32.load8_u (local.get $b)) (i32.const 1)))))
        (local.set $nextC (i32.load16_s (i32.add (i32.shl (local.get $ofC) (i32.const 8)) (i32.shl (i32.load8_u (local.get $c)) (i32.const 1)))))
        (local.set $nextD (i32.load16_s (i32.add (i32.shl (local.get $ofD) (i32.const 8)) (i32.shl (i32.load8_u (local.get $d)) (i32.const 1)))))
        (local.set $nextE (i32.load16_s (i32.add (i32.shl (local.get $ofE) (i32.const 8)) (i32.shl (i32.load8_u (local.get $e)) (i32.const 1)))))
        (local.set $nextF (i32.load16_s (i32.add (i32.shl (local.get $ofF) (i32.const 8)) (i32.shl (i32.load8_u (local.get $f)) (i32.const 1)))))
        (if (i32.lt_s
              (i32.or (i32.or (i32.or (local.get $nextA) (local.get $nextB)) (i32.or (local.get $nextC) (local.get $nextD))) (i32.or (local.get $nextE) (local.get $nextF)))
              (i32.const 0))
          (then
            ;; -1: nobody has been there; nothing of this step counts.
            (br_if $out (i32.eq (local.get $nextA) (i32.const -1)))
            (br_if $out (i32.eq (local.get $nextB) (i32.const -1)))
            (br_if $out (i32.eq (local.get $nextC) (i32.const -1)))
            (br_if $out (i32.eq (local.get $nextD) (i32.const -1)))
            (br_if $out (i32.eq (local.get $nextE) (i32.const -1)))
            (br_if $out (i32.eq (local.get $nextF) (i32.const -1)))
            ;; Below: what begins here is found. How much was left tells the place.
            (if (i32.lt_s (local.get $nextA) (i32.const 0))
              (then
                (local.set $nextA (i32.sub (i32.const -2) (local.get $nextA)))
                (i32.store (local.get $endA) (i32.or (i32.shl (local.get $left) (i32.const 16)) (local.get $nextA)))
                (local.set $endA (i32.add (local.get $endA) (i32.const 4)))))
            (if (i32.lt_s (local.get $nextB) (i32.const 0))
              (then
                (local.set $nextB (i32.sub (i32.const -2) (local.get $nextB)))
                (i32.store (local.get $endB) (i32.or (i32.shl (local.get $left) (i32.const 16)) (local.get $nextB)))
                (local.set $endB (i32.add (local.get $endB) (i32.const 4)))))
            (if (i32.lt_s (local.get $nextC) (i32.const 0))
              (then
                (local.set $nextC (i32.sub (i32.const -2) (local.get $nextC)))
                (i32.store (local.get $endC) (i32.or (i32.shl (local.get $left) (i32.const 16)) (local.get $nextC)))
                (local.set $endC (i32.add (local.get $endC) (i32.const 4)))))
            (if (i32.lt_s (local.get $nextD) (i32.const 0))
              (then
                (local.set $nextD (i32.sub (i32.const -2) (local.get $nextD)))
                (i32.store (local.get $endD) (i32.or (i32.shl (local.get $left) (i32.const 16)) (local.get $nextD)))
                (local.set $endD (i32.add (local.get $endD) (i32.const 4)))))
            (if (i32.lt_s (local.get $nextE) (i32.const 0))
              (then
                (local.set $nextE (i32.sub (i32.const -2) (local.get $nextE)))
                (i32.store (local.get $endE) (i32.or (i32.shl (local.get $left) (i32.const 16)) (local.get $nextE)))
                (local.set $endE (i32.add (local.get $endE) (i32.const 4)))))
            (if (i32.lt_s (local.get $nextF) (i32.const 0))
              (then
                (local.set $nextF (i32.sub (i32.const -2) (local.get $nextF)))
                (i32.store (local.get $endF) (i32.or (i32.shl (local.get $left) (i32.const 16)) (local.get $nextF)))
                (local.set $endF (i32.add (local.get $endF) (i32.const 4)))))
))
        (local.set $ofA (local.get $nextA))
        (local.set $ofB (local.get $nextB))
        (local.set $ofC (local.get $nextC))
        (local.set $ofD (local.get $nextD))
        (local.set $ofE (local.get $nextE))
        (local.set $ofF (local.get $nextF))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $on)))
    (i32.store offset=0 (local.get $states) (local.get $ofA))
    (i32.store offset=4 (local.get $states) (local.get $ofB))
    (i32.store offset=8 (local.get $states) (local.get $ofC))
    (i32.store offset=12 (local.get $states) (local.get $ofD))
    (i32.store offset=16 (local.get $states) (local.get $ofE))
    (i32.store offset=20 (local.get $states) (local.get $ofF))
    (i32.store offset=24 (local.get $states) (local.get $endA))
    (i32.store offset=28 (local.get $states) (local.get $endB))
    (i32.store offset=32 (local.get $states) (local.get $endC))
    (i32.store offset=36 (local.get $states) (local.get $endD))
    (i32.store offset=40 (local.get $states) (local.get $endE))
    (i32.store offset=44 (local.get $states) (local.get $endF))
    (local.get $left)))
