// The loop of somebody at work: an edit of the code until the endpoint answers with it.

/** Goals as in goals.mjs, each with the function that measures it. */
export const watchGoals = [];
