/** Why a request body cannot be taken as evidence. Goes to the record; the caller is told that the body is not acceptable. */
export interface BodyError {
  readonly code:
    | 'ERR_BODY_UTF8'
    | 'ERR_BODY_JSON'
    | 'ERR_BODY_PROTOBUF'
    | 'ERR_BODY_SHAPE'
    | 'ERR_BODY_OPERATION'
    | 'ERR_BODY_BINARY_TENSORS';
  /** snake_case; never a part of the body. */
  readonly reason: string;
}
