/** What ends a remedy for who has nothing yet. */
export const orInit = 'Or make a project that works: sm-local init';
