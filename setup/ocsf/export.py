"""Writes the JSON Schema of OCSF's class api_activity, with the profiles that our events have: export.py FILE"""

import json
import sys

from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

PROFILES = ["ai_operation", "security_control", "trace"]

schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.8.0")).get_class_schema("api_activity", PROFILES)
with open(sys.argv[1], "w", encoding="utf-8") as out:
    json.dump(schema, out)
