#!/usr/bin/env python3
"""
Reads one topic of Countersign: every record once, in order, and a word about what is missing. A start for a consumer of your own.

    countersign_consumer.py --brokers HOST:PORT --topic countersign.events.v1 --group siem --state siem.db [--partition N]...

Records go to stdout, one JSON text a line, exactly as they were hashed; findings and the summary to stderr, as JSON. Needs Python
3.9 or newer and `pip install --require-hashes -r requirements.txt`.

Exit codes: 0 nothing is missing; 10 something was altered or written by somebody else; 11 records are missing; 2 wrong usage, no
access, no cluster.
"""
import argparse
import json
import signal
import sys
import time
from collections import Counter

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from knowledge import ALTERED, Knowledge

BATCH = 500
NEW_PARTITIONS_EVERY_S = 60
TIMEOUT_S = 15

WORDS = {
    KafkaError.GROUP_AUTHORIZATION_FAILED: "no READ permission on the group; grant it (other clients say: failed to find group coordinator)",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "no READ permission on the topic",
    KafkaError.UNKNOWN_TOPIC_OR_PART: "the topic does not exist, or there is no DESCRIBE permission on it",
    KafkaError._UNKNOWN_TOPIC: "the topic does not exist, or there is no DESCRIBE permission on it",
    KafkaError._UNKNOWN_PARTITION: "the topic has no such partition",
    KafkaError._ALL_BROKERS_DOWN: "no broker answers: address, TLS and login of --properties",
    KafkaError._TRANSPORT: "no broker answers: address, TLS and login of --properties",
    KafkaError._AUTHENTICATION: "the login was refused",
    KafkaError._SSL: "the TLS handshake failed: ssl.ca.location, ssl.certificate.location",
}


class Reader:
    """
    Partitions are assigned by hand, never by the group: what is known of a partition lies in this reader's file, so no other may go
    on with it. To spread a topic over several readers, give each its own --partition and --state. The group keeps offsets only,
    for those who watch the lag.
    """

    def __init__(self, options, deliver):
        self.topic, self.asked, self.until_end = options.topic, options.partition, options.until_end
        self.knowledge = Knowledge(options.state, options.remember)
        self.deliver = deliver
        self.counts = Counter()
        self.ended, self.assigned = set(), set()
        self.looked_at = time.monotonic()
        self.stopping = False
        self.consumer = Consumer(
            {
                **properties_of(options.properties),
                "bootstrap.servers": options.brokers,
                "group.id": options.group,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "log_level": 0,
            }
        )

    def run(self):
        self._assign_new()
        while not self.stopping and not (self.until_end and self.ended >= self.assigned):
            self._take(self.consumer.consume(BATCH, timeout=0.5))
            if time.monotonic() - self.looked_at > NEW_PARTITIONS_EVERY_S:
                self._assign_new()
        self.consumer.close()

    def _assign_new(self):
        self.looked_at = time.monotonic()
        known = self.consumer.list_topics(self.topic, timeout=TIMEOUT_S).topics[self.topic]
        if known.error is not None:
            raise KafkaException(known.error)
        new = sorted(set(self.asked or known.partitions) - self.assigned)
        if new:
            self.consumer.incremental_assign(self._places(new))
            self.assigned.update(new)

    def _places(self, partitions):
        """
        Our own file says where to go on: the group may be ahead of it, after a restore from a backup, or behind it, after a crash
        between the two. Without a file the group's offset counts; without that, the beginning.
        """
        committed = self._committed([TopicPartition(self.topic, each) for each in partitions])
        for place in committed:
            if place.error is not None:
                raise KafkaException(place.error)
            own = self.knowledge.next_offset(self.topic, place.partition)
            if own is not None:
                place.offset = own
        return committed

    def _committed(self, places):
        try:
            return self.consumer.committed(places, timeout=TIMEOUT_S)
        except KafkaException as error:
            # Without READ on the group the client only waits; what the broker said waits in its queue.
            if error.args[0].code() not in (KafkaError._TIMED_OUT, KafkaError._WAIT_COORD):
                raise
            said = self.consumer.poll(1)
            raise KafkaException(said.error()) if said is not None and said.error() is not None else error

    def _take(self, messages):
        """
        First the records, then what is known of them, then the group's offset: a crash between two of these gives records again,
        and loses none. `deliver` therefore has to take a record twice (by ledger and seq), or to commit with the knowledge.
        """
        records, offsets = [], {}
        self.knowledge.begin()
        for message in messages:
            if message.error() is not None:
                self._failed(message)
                continue
            self.ended.discard(message.partition())
            offsets[message.partition()] = message.offset() + 1
            is_new, findings = self.knowledge.judge(
                self.topic, message.partition(), message.offset(), message.value() or b"", header(message, "countersign-leaf")
            )
            self.counts["records"] += is_new
            if is_new:
                records.append(message.value())
            for kind, details in findings:
                self._say(kind, message, details)
        if records:
            self.deliver(records)
        self.knowledge.commit()
        if offsets:
            places = [TopicPartition(self.topic, partition, offset) for partition, offset in offsets.items()]
            self.consumer.commit(offsets=places, asynchronous=False)

    def _failed(self, message):
        if message.error().code() == KafkaError._PARTITION_EOF:
            self.ended.add(message.partition())
        elif message.error().fatal() or message.error().code() in WORDS and not message.error().retriable():
            raise KafkaException(message.error())

    def _say(self, kind, message, details):
        self.counts[kind] += 1
        if not kind.startswith("duplicate"):  # the usual ones are counted, or they would hide the rest
            tell({"finding": kind, "topic": self.topic, "partition": message.partition(), "offset": message.offset(), **details})

    def conclude(self):
        gaps = self.knowledge.open_gaps(self.topic)
        self.knowledge.db.close()
        tell({"summary": dict(self.counts), "open_gaps": gaps})
        if any(self.counts[kind] for kind in ALTERED):
            return 10
        return 11 if gaps else 0


def header(message, name):
    return next((value for key, value in message.headers() or [] if key == name), None)


def properties_of(file):
    """`key=value` lines as librdkafka names them (security.protocol, sasl.password …): secrets never stand on a command line."""
    if file is None:
        return {}
    with open(file, encoding="utf-8") as lines:
        pairs = [line.strip().split("=", 1) for line in lines if line.strip() and not line.startswith("#")]
    return {key.strip(): value.strip() for key, value in pairs}


def tell(document):
    print(json.dumps(document), file=sys.stderr, flush=True)


def to_stdout(records):
    sys.stdout.buffer.write(b"".join(record + b"\n" for record in records))
    sys.stdout.buffer.flush()


def main():
    parser = argparse.ArgumentParser(description="Reads one topic of Countersign: every record once, and what is missing.")
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--group", required=True)
    parser.add_argument("--state", required=True, help="SQLite file with what is known; keep it, and give each reader its own")
    parser.add_argument("--partition", type=int, action="append", help="only this one; may be repeated")
    parser.add_argument("--properties", help="file with properties of librdkafka: TLS, login")
    parser.add_argument("--remember", type=int, default=10_000, help="records of each lane whose bytes duplicates are compared with")
    parser.add_argument("--until-end", action="store_true", help="stop when everything was read")
    options = parser.parse_args()
    try:
        reader = Reader(options, to_stdout)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(reader, "stopping", True))
        reader.run()
    except KafkaException as error:
        problem = error.args[0]
        tell({"error": problem.name(), "detail": WORDS.get(problem.code(), problem.str())})
        return 2
    return reader.conclude()


if __name__ == "__main__":
    sys.exit(main())
