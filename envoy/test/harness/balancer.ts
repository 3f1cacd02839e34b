/** A TCP load balancer of one target: connections that stand stay where they are, new ones go where it points now. */
import { connect, createServer, type Socket } from 'node:net';

export interface Balancer {
  readonly port: number;
  target: number;
  close(): void;
}

export async function startBalancer(target: number): Promise<Balancer> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: balancer.target, host: '127.0.0.1', allowHalfOpen: true });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy()).on('close', () => open.delete(one));
      one.pipe(other);
    }
  });
  const balancer: Balancer = {
    port: 0,
    target,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return Object.assign(balancer, { port: typeof address === 'object' && address ? address.port : 0 });
}
