/** The yardstick's ext_authz: everybody may, with a little metadata for ext_proc. FROZEN, see server.ts. */
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { loadService, serve } from './server.ts';

const name = 'envoy.service.auth.v3.Authorization';

serve(name, loadService('envoy/service/auth/v3/external_auth.proto', name), {
  Check(_: ServerUnaryCall<object, object>, reply: sendUnaryData<object>) {
    reply(null, {
      status: { code: 0 },
      ok_response: {},
      dynamic_metadata: {
        fields: {
          decision: { stringValue: 'allow' },
          subject: { stringValue: 'ana' },
          groups: { listValue: { values: [{ stringValue: 'analysts' }, { stringValue: 'engineering' }] } },
        },
      },
    });
  },
});
