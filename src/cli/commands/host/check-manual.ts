/** What the manual says of `vmlane host check`. */
export const manual = `
A line for each finding: what is there and what is lacking, with the remedy. A failure is what guests cannot work with;
only failures make the exit status 1. It needs no rights, but root sees more.

  vmlane host check
  vmlane host check --only pages,sockets

With --for it looks at what another use needs, such as VFs that are passed through.

What is wrong is mostly set right by 'vmlane host setup'. For one guest, 'vmlane domain validate' and 'vmlane
doctor' say more.
`;
