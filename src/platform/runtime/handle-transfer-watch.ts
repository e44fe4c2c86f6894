import type { ChildProcess, Serializable } from 'node:child_process';

/** What the cluster module sends along with a connection, and its answer; neither is documented (Node 20 to 26). */
interface HandleTransfer {
  readonly cmd?: string;
  readonly act?: string;
  readonly seq?: number;
  readonly ack?: number;
}
interface Connection {
  close(): void;
}

/**
 * Closes the connections that were in transfer to a process when it died. The cluster primary accepts a connection,
 * sends it to a process and waits for the acknowledgement. A process that is killed before never acknowledges, and the
 * client would wait for ever on a connection that no process serves. Once it is closed, the client tries again.
 */
export function watchHandleTransfers(child: ChildProcess): void {
  const underWay = new Map<number, Connection>();
  const send = child.send.bind(child) as (message: Serializable, handle?: unknown, ...rest: unknown[]) => boolean;
  child.send = ((message: HandleTransfer & Serializable, handle?: unknown, ...rest: unknown[]) => {
    if (
      message.cmd === 'NODE_CLUSTER' &&
      message.act === 'newconn' &&
      message.seq !== undefined &&
      isConnection(handle)
    )
      underWay.set(message.seq, handle);
    return send(message, handle, ...rest);
  }) as typeof child.send;
  child.on('internalMessage', ({ cmd, ack }: HandleTransfer) => {
    if (cmd === 'NODE_CLUSTER' && ack !== undefined) underWay.delete(ack);
  });
  child.once('exit', () => {
    for (const connection of underWay.values()) connection.close();
    underWay.clear();
  });
}

function isConnection(handle: unknown): handle is Connection {
  return typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function';
}
