export interface PlanOptions {
  /** Name of the set. */
  set: string;
  /** The user has named it: then it is known by its name alone, else by its folder, too. */
  named: boolean;
  /** The folder of the files, as marks have it. */
  folder: string;
  /** Starts those that are off. */
  start: boolean;
  /** Restarts those that run on another definition. */
  restart: boolean;
  /** Powers off running guests that are to go. */
  destroy: boolean;
}
