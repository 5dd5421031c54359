/** Address of a PCI function with its domain, such as 0000:3b:02.1; slots go to 1f, functions to 7. */
export const PCI_ADDRESS = /^[0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[01][0-9a-fA-F]\.[0-7]$/;
