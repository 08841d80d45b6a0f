import natives from "dormouse:natives";

export const {
  DurableObject, WorkerEntrypoint, WorkflowEntrypoint,
  RpcTarget, RpcStub, RpcPromise, RpcProperty, ServiceStub,
  env, exports, waitUntil, withEnv, withExports, withEnvAndExports, cache, tracing, abortIsolate,
} = natives.workers;
