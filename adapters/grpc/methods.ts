/** The two methods that Envoy calls. */
export const checkPath = '/envoy.service.auth.v3.Authorization/Check';
export const processPath = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';
