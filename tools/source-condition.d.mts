export declare const sourceCondition: string;
export declare function withSources(env?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
