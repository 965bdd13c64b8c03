import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';

/** Some fields of a message, to be spread into others: MessageInitShape without finished messages. */
export type Init<D extends DescMessage> = Exclude<MessageInitShape<D>, { readonly $typeName: string }>;
